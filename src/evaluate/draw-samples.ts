import { type HostArray } from "../array/index.js";
import { type PosteriorSampler } from "../baselines/index.js";
import { type Backend, timeWithoutCompiling } from "../compile/index.js";
import { firstObservations, type Observation, observe, type Problem } from "../operators/index.js";
import { limitToRange } from "./image-range.js";
import { modelBatch } from "./model-sampler.js";

/** Images, what was observed of them, and posterior samples: all that scores and reports of a problem are made from. */
export interface ProblemSamples {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** [N, samples, C, H, W], limited to [-1, 1] as images are. */
  samples: HostArray;
  /** Evaluations of the network a sample. */
  evaluations: number;
  /** Milliseconds a sample, without compilation. */
  msPerSample: number;
}

/** What `drawSamples` takes. */
export interface SampleTask {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** Samples of each. */
  samples: number;
  seed: number;
  /** So many samples are drawn first, at least, where there are so many: a first draw takes longer than others; 0 for none. */
  warmUp: number;
}

/** Draws samples of every observation and takes the time a sample. */
export async function drawSamples(
  sampler: PosteriorSampler,
  { truth, observation, samples, seed, warmUp }: SampleTask,
): Promise<ProblemSamples> {
  if (warmUp > 0) {
    const few = firstObservations(observation, Math.ceil(warmUp / samples));
    await sampler.sample(few, { samples, seed });
  }
  const { result: drawn, milliseconds } = await timeWithoutCompiling(() =>
    sampler.sample(observation, { samples, seed }),
  );
  return {
    truth,
    observation,
    samples: limitToRange(drawn),
    evaluations: sampler.evaluations,
    msPerSample: milliseconds / (truth.shape[0] * samples),
  };
}

/** Options of `drawProblemSamples`. */
export interface ProblemSampleOptions {
  /** Samples an image. */
  samples: number;
  /** Fixes masks, kernels, observation noise and samples. */
  seed: number;
  /** How many samples are drawn before, at least, where there are so many. */
  warmUp?: number;
  backend?: Backend | undefined;
}

/**
 * Observes images and draws samples of each.
 *
 * @param images float32 [N, C, H, W], values in [-1, 1]
 * @throws ShapeError if the images have not the shape of the sampler's
 */
export async function drawProblemSamples(
  sampler: PosteriorSampler,
  problem: Problem,
  images: HostArray,
  { samples, seed, warmUp = modelBatch, backend }: ProblemSampleOptions,
): Promise<ProblemSamples> {
  const observation = await observe(problem, images, { seed, backend });
  return drawSamples(sampler, { truth: images, observation, samples, seed, warmUp });
}
