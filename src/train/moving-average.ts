import { add, mul, type NDArray, sub, type Tree } from "../array/index.js";
import { mapTrees } from "./trees.js";

/**
 * Exponential moving average of parameters: average + (1 - decay) (parameters - average); `decay` is a scalar. With decay
 * 0 it is the parameters up to rounding.
 */
export function movingAverage<P extends Tree<NDArray>>(average: P, parameters: P, decay: NDArray): P {
  const share = sub(1, decay);
  return mapTrees((a: NDArray, p: NDArray) => add(a, mul(sub(p, a), share)), average, parameters);
}
