import { type HostArray } from "../array/index.js";
import { samplerEngine, variationalSampler } from "../baselines/index.js";
import { type Backend, engineOf } from "../compile/index.js";
import { observe, type Problem } from "../operators/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { drawSamples, type ProblemSamples } from "./draw-samples.js";

/** Options of `drawProblemSamples`. */
export interface ProblemSampleOptions {
  /** Samples an image. */
  samples: number;
  /** Evaluations of the flow map a sample. */
  steps: number;
  /** Fixes masks, kernels, observation noise and samples. */
  seed: number;
  /** How many samples are drawn before, at least, where there are so many, so that compilation is not timed. */
  warmUp?: number;
  backend?: Backend | undefined;
}

// Samples drawn at once.
const batchSize = 512;

/**
 * Observes images and draws a model's posterior samples of each.
 *
 * @param images float32 [N, C, H, W], values in [-1, 1]
 * @throws ShapeError if the images have not the shape of the model's samples
 */
export async function drawProblemSamples(
  model: VariationalFlowMap,
  problem: Problem,
  images: HostArray,
  { samples, steps, seed, warmUp = batchSize, backend }: ProblemSampleOptions,
): Promise<ProblemSamples> {
  const observation = await observe(problem, images, { seed, backend });
  const sampler = variationalSampler("vfm", model, { steps }, samplerEngine({ batchSize, ...engineOf({ backend }) }));
  return drawSamples(sampler, { truth: images, observation, samples, seed, warmUp });
}
