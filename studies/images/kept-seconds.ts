import { existsSync } from "node:fs";
import { z } from "zod";
import { type Seconds, type TimedMethod, type TimedTask, timeMethods } from "../../src/evaluate/index.js";
import { readJson, writeFileAtomically } from "../../src/storage/index.js";

const secondsSchema = z.record(z.string(), z.number().positive()) as z.ZodType<Seconds>;

/** Reads the seconds from a file; none if there is no file. */
export function readSeconds(path: string): Promise<Seconds> {
  return existsSync(path) ? readJson(path, secondsSchema) : Promise.resolve({});
}

/** Removes a method's seconds from a file, so that they are measured again: its cell has been drawn anew. */
export async function forgetSeconds(path: string, method: string): Promise<void> {
  const { [method]: forgotten, ...others } = await readSeconds(path);
  if (forgotten !== undefined) await writeFileAtomically(path, `${JSON.stringify(others, null, 2)}\n`);
}

/**
 * Reads the seconds of the methods from a file, and measures and writes those that it lacks.
 *
 * A later run times them in turn with the first method that the file has, and multiplies their seconds by that method's
 * kept seconds over its present ones, so that the speed of the machine on the day does not matter.
 *
 * @returns seconds for each sample, by the name of the method
 * @throws InputError if the file holds anything else; the signal's reason if the task is aborted
 */
export async function keptSeconds(path: string, methods: readonly TimedMethod[], task: TimedTask): Promise<Seconds> {
  const kept = await readSeconds(path);
  const missing = methods.filter(({ name }) => !(name in kept));
  if (missing.length === 0) return kept;
  const timedBefore = methods.filter(({ name }) => name in kept).slice(0, 1);
  const measured = await timeMethods([...timedBefore, ...missing], task);
  const [scale = 1] = timedBefore.map(({ name }) => kept[name] / measured[name]);
  const seconds = { ...kept, ...Object.fromEntries(missing.map(({ name }) => [name, measured[name] * scale])) };
  await writeFileAtomically(path, `${JSON.stringify(seconds, null, 2)}\n`);
  return seconds;
}
