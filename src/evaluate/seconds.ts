import { type PosteriorSampler } from "../baselines/index.js";
import { type Observation } from "../operators/index.js";

/** Seconds a sample by a method's name. */
export type Seconds = Readonly<Record<string, number>>;

/** How often samplers are timed: the least of so many rounds; draws shorter than `leastSeconds` are repeated. */
export interface Timing {
  rounds: number;
  leastSeconds: number;
}

/** What the methods are timed on. */
export interface TimedTask {
  /** Some observations: with `samples` of each about a batch. */
  observation: Observation;
  samples: number;
  seed: number;
  timing: Timing;
  signal?: AbortSignal | undefined;
}

/** A sampler, and the name that its seconds have. */
export interface TimedMethod {
  name: string;
  sampler: PosteriorSampler;
}

/**
 * The seconds a sample of every method, in turn and several times round, so that what else the machine does meets all of them
 * alike; the least of the rounds is taken, since other work only adds.
 */
export async function timeMethods(
  methods: readonly TimedMethod[],
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
