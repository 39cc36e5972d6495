import { existsSync } from "node:fs";
import { z } from "zod";
import { type Observation } from "../operators/index.js";
import { readJson, writeFileAtomically } from "../storage/index.js";
import { type Entrant } from "./entrant.js";
import { type Suite } from "./suite.js";

/** Seconds a sample by a method's name. */
export type Seconds = Readonly<Record<string, number>>;

const secondsSchema = z.record(z.string(), z.number().positive()) as z.ZodType<Seconds>;

/** What the methods are timed on. */
export interface TimedTask {
  /** Some observations: with `samples` of each about a batch. */
  observation: Observation;
  samples: number;
  seed: number;
  timing: Suite["timing"];
  signal?: AbortSignal | undefined;
}

/**
 * The seconds a sample of every method, in turn and several times round, so that what else the machine does meets all of them
 * alike; the least of the rounds is taken, since other work only adds.
 */
export async function timeMethods(
  methods: readonly Entrant[],
  { observation, samples, seed, timing, signal }: TimedTask,
): Promise<Seconds> {
  const drawn = observation.transposed.shape[0] * samples;
  const least = new Map<string, number>();
  for (const { sampler } of methods) {
    signal?.throwIfAborted();
    await sampler.sample(observation, { samples, seed });
  }
  for (let round = 0; round < timing.rounds; round++)
    for (const { name, sampler } of methods) {
      signal?.throwIfAborted();
      const start = performance.now();
      let [times, seconds] = [0, 0];
      do {
        await sampler.sample(observation, { samples, seed });
        times++;
        seconds = (performance.now() - start) / 1000;
      } while (seconds < timing.leastSeconds);
      least.set(name, Math.min(least.get(name) ?? Infinity, seconds / (times * drawn)));
    }
  return Object.fromEntries(least);
}

/** The seconds that stand in a file, or measured and written; measured again where a method is missing in it. */
export async function keptSeconds(path: string, methods: readonly Entrant[], task: TimedTask): Promise<Seconds> {
  const kept = existsSync(path) ? await readJson(path, secondsSchema) : {};
  if (methods.every(({ name }) => name in kept)) return kept;
  const seconds = await timeMethods(methods, task);
  await writeFileAtomically(path, `${JSON.stringify(seconds, null, 2)}\n`);
  return seconds;
}
