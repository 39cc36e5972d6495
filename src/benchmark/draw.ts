import { type ObservedImages, type PosteriorSampler } from "../baselines/index.js";
import { type HostArray } from "../array/index.js";
import { limitToRange, type ProblemSamples } from "../evaluate/index.js";
import { firstObservations } from "../operators/index.js";

/** What `drawSamples` takes. */
export interface SampleTask {
  /** The images that were degraded, [N, C, H, W]. */
  truth: HostArray;
  observed: ObservedImages;
  samples: number;
  seed: number;
  /** The sampler's batch: so many samples are drawn first, so that compilation is not timed; 0 for none. */
  warmUp: number;
}

/** Draws samples of every observation and takes the time a sample. */
export async function drawSamples(
  sampler: PosteriorSampler,
  { truth, observed, samples, seed, warmUp }: SampleTask,
): Promise<ProblemSamples> {
  if (warmUp > 0) {
    const few = firstObservations(observed, Math.ceil(warmUp / samples));
    await sampler.sample({ ...few, problem: observed.problem }, { samples, seed });
  }
  const start = performance.now();
  const drawn = await sampler.sample(observed, { samples, seed });
  const milliseconds = performance.now() - start;
  return {
    problem: observed.problem,
    truth,
    degraded: observed,
    samples: limitToRange(drawn),
    evaluations: sampler.evaluations,
    msPerSample: milliseconds / (truth.shape[0] * samples),
  };
}
