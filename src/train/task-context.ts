import { type HostArray, type NDArray, type RandomSource, type Tree } from "../array/index.js";
import { type LabelledMeanVelocity } from "../flow/index.js";
import { type Problem } from "../operators/index.js";
import { type NoiseAdapter } from "../vfm/index.js";

/** What the tasks of a stage share: the networks as functions of their parameters, the problems, the stage's draws. */
export interface TaskContext {
  meanVelocity(parameters: Tree<NDArray>): LabelledMeanVelocity;
  noiseAdapter(parameters: Tree<NDArray>): NoiseAdapter;
  /** The velocity of the frozen teacher, for stages that have one. */
  teacher(parameters: Tree<NDArray>): LabelledMeanVelocity;
  problems: readonly Problem[];
  /** How many labels the flow map knows; 0 if it is not conditioned on labels. */
  classes: number;
  /** The data of step number `step`, [batchSize, ...sampleShape]. */
  samples(step: number): Promise<HostArray>;
  /** Their labels; undefined if the flow map knows none. */
  labels(step: number): Int32Array | undefined;
  /** The random numbers of step number `step`. */
  random(step: number): RandomSource;
}
