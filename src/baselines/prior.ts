import { constantTree, type HostArray, mul, type NDArray, ones, type Tree } from "../array/index.js";
import { type MeanVelocity } from "../flow/index.js";

/** The flow map that guided samplers use as their prior, such as a `VariationalFlowMap`. */
export interface PriorModel {
  readonly parameters: { readonly flowMap: Tree<HostArray> };
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray): NDArray;
}

/** A flow map inside a graph, with its parameters as constants. */
export interface TracedPrior {
  meanVelocity: MeanVelocity;
  /** v(x_t, t) = u(x_t, t, t), t a scalar. */
  velocity(x: NDArray, t: NDArray): NDArray;
}

/** Adds a flow map's parameters to the function being traced. */
export function tracePrior(model: PriorModel): TracedPrior {
  const parameters = constantTree(model.parameters.flowMap);
  const meanVelocity: MeanVelocity = (...inputs) => model.meanVelocity(parameters, ...inputs);
  return {
    meanVelocity,
    velocity: (x, t) => {
      const times = mul(ones([x.shape[0]]), t);
      return meanVelocity(x, times, times);
    },
  };
}
