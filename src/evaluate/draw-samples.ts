import { type HostArray } from "../array/index.js";
import { type PosteriorSampler } from "../baselines/index.js";
import { type Backend, timeWithoutCompiling } from "../compile/index.js";
import { firstObservations, type Observation, observe, type Problem } from "../operators/index.js";
import { limitToRange } from "./image-range.js";
import { modelBatch } from "./model-sampler.js";

/** Images, their observations, and posterior samples: the input of the scores of a problem. */
export interface DrawnSamples {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** [N, samples, C, H, W], clipped to [-1, 1] as images are. */
  samples: HostArray;
}

/** Samples and what they cost: the input of the reports of a problem. */
export interface ProblemSamples extends DrawnSamples {
  /** Number of network evaluations for each sample. */
  evaluations: number;
  /** Milliseconds for each sample, without compilation. */
  msPerSample: number;
}

/** The arguments of `drawSamples`. */
export interface SampleTask {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** Number of samples of each image. */
  samples: number;
  seed: number;
  /**
   * Least number of samples that are drawn before the timing, if there are so many, because a first draw takes longer;
   * 0 for none.
   */
  warmUp: number;
}

/**
 * Draws samples of every observation and measures the time for each sample.
 *
 * @returns the samples, and whether the sampler diverged: a value was not finite before it was clipped
 */
export async function drawSamples(
  sampler: PosteriorSampler,
  { truth, observation, samples, seed, warmUp }: SampleTask,
): Promise<ProblemSamples & { diverged: boolean }> {
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
    diverged: !drawn.data.every(Number.isFinite),
    evaluations: sampler.evaluations,
    msPerSample: milliseconds / (truth.shape[0] * samples),
  };
}

/** Options of `drawProblemSamples`. */
export interface ProblemSampleOptions {
  /** Number of samples of each image. */
  samples: number;
  /** Seed of masks, kernels, observation noise and samples. */
  seed: number;
  /** Least number of samples that are drawn before the timing, if there are so many. */
  warmUp?: number;
  backend?: Backend | undefined;
}

/**
 * Observes images and draws samples of each.
 *
 * @param images float32 [N, C, H, W], values in [-1, 1]
 * @throws ShapeError if the images do not have the shape of the sampler's
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
