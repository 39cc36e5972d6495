import { existsSync } from "node:fs";
import { z } from "zod";
import { type Seconds, type TimedMethod, type TimedTask, timeMethods } from "../../src/evaluate/index.js";
import { readJson, writeFileAtomically } from "../../src/storage/index.js";

const secondsSchema = z.record(z.string(), z.number().positive()) as z.ZodType<Seconds>;

/** Reads the seconds from a file; none if there is no file. */
export function readSeconds(path: string): Promise<Seconds> {
  return existsSync(path) ? readJson(path, secondsSchema) : Promise.resolve({});
}

/**
 * Reads the seconds from a file, or measures and writes them; they are measured again if a method is missing in the
 * file.
 */
export async function keptSeconds(path: string, methods: readonly TimedMethod[], task: TimedTask): Promise<Seconds> {
  const kept = await readSeconds(path);
  if (methods.every(({ name }) => name in kept)) return kept;
  const seconds = await timeMethods(methods, task);
  await writeFileAtomically(path, `${JSON.stringify(seconds, null, 2)}\n`);
  return seconds;
}
