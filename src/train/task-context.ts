import { type HostArray, type NDArray, type RandomSource, type Tree } from "../array/index.js";
import { type MeanVelocity } from "../flow/index.js";
import { type Problem } from "../operators/index.js";
import { type NoiseAdapter } from "../vfm/index.js";

/** What the tasks of a stage share: the networks as functions of their parameters, the problems, the stage's draws. */
export interface TaskContext {
  meanVelocity(parameters: Tree<NDArray>): MeanVelocity;
  noiseAdapter(parameters: Tree<NDArray>): NoiseAdapter;
  problems: readonly Problem[];
  /** The data of step number `step`, [batchSize, ...sampleShape]. */
  samples(step: number): HostArray;
  /** The random numbers of step number `step`. */
  random(step: number): RandomSource;
}
