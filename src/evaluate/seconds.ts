import { type PosteriorSampler } from "../baselines/index.js";
import { type Observation } from "../operators/index.js";

/** Seconds for each sample, by the name of the method. */
export type Seconds = Readonly<Record<string, number>>;

/** How samplers are timed: the least time of several rounds; draws shorter than `leastSeconds` are repeated. */
export interface Timing {
  rounds: number;
  leastSeconds: number;
}

/** The task on which methods are timed. */
export interface TimedTask {
  /** Some observations; with `samples` of each there are about as many as in a batch. */
  observation: Observation;
  samples: number;
  seed: number;
  timing: Timing;
  signal?: AbortSignal | undefined;
}

/** A sampler, and the name under which its seconds are stored. */
export interface TimedMethod {
  name: string;
  sampler: PosteriorSampler;
}

/**
 * Measures the seconds for each sample of every method. The methods take turns in several rounds, so that other work on
 * the machine affects all of them alike. The least time of the rounds is taken, because other work only adds time.
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
