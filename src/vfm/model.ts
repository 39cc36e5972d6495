import { type HostArray, type NDArray, type Tree } from "../array/index.js";
import { type NoiseDistribution } from "./noise-adapter.js";

/** A trained Variational Flow Map: its networks as functions of their parameters, and the parameters. */
export interface VariationalFlowMap {
  /** Shape of one sample, e.g. [channels, height, width]. */
  readonly sampleShape: readonly number[];
  readonly parameters: { readonly flowMap: Tree<HostArray>; readonly adapter: Tree<HostArray> };
  /** How many labels the flow map knows; none if not given. */
  readonly classes?: number;
  /** u(x, r, t) given labels, int32 [B], or without. */
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, labels?: NDArray): NDArray;
  adapter(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): NoiseDistribution;
}

/** What sampling the prior needs of a model: its flow map. */
export type FlowMapModel = Pick<VariationalFlowMap, "sampleShape" | "meanVelocity" | "classes"> & {
  parameters: { flowMap: Tree<HostArray> };
};
