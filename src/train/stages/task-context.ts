import { type HostArray, type NDArray, type RandomSource, type Tree } from "../../array/index.js";
import { type LabelledMeanVelocity } from "../../flow/index.js";
import { type Problem } from "../../operators/index.js";
import { type NoiseAdapter } from "../../vfm/index.js";
import { type Updates } from "./batch-observations.js";

/** The data of one step. */
export interface StepSamples {
  /** The flow map's data, [batchSize, ...sampleShape]: images, or latents of them. */
  x: HostArray;
  /** The images, which are observed, [batchSize, ...imageShape]. */
  images: HostArray;
}

/** The conditional flow map u(x_t, r, t | A^T y, c). x, aty: [B, ...], r, t: [B], problem: int32 [B] -> [B, ...]. */
export type ConditionalMeanVelocity = (x: NDArray, r: NDArray, t: NDArray, aty: NDArray, problem: NDArray) => NDArray;

/** The context of a stage's task: the networks as functions of their parameters, the problems, the stage's draws. */
export interface TaskContext {
  meanVelocity(parameters: Tree<NDArray>): LabelledMeanVelocity;
  noiseAdapter(parameters: Tree<NDArray>): NoiseAdapter;
  conditionalFlowMap(parameters: Tree<NDArray>): ConditionalMeanVelocity;
  /** The velocity of the frozen teacher, for stages that have one. */
  teacher(parameters: Tree<NDArray>): LabelledMeanVelocity;
  problems: readonly Problem[];
  /** The updates of samples on their observation, by problem. */
  updates: Updates;
  /** Number of labels that the flow map knows; 0 if it is not conditioned on labels. */
  classes: number;
  /** The data of step number `step`. */
  samples(step: number): Promise<StepSamples>;
  /** The labels of that data; undefined if the flow map knows none. */
  labels(step: number): Int32Array | undefined;
  /** Decodes samples of the flow map to images, where they are latents of a frozen autoencoder. */
  decode?: ((autoencoder: Tree<NDArray>, latents: NDArray) => NDArray) | undefined;
  /** The random numbers of step number `step`. */
  random(step: number): RandomSource;
}
