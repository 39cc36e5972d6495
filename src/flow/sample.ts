import { mul, type NDArray, ones } from "../array/index.js";
import { type MeanVelocity, stepFlowMap } from "./interpolant.js";

/**
 * Flow-map sampler: from noise z (t = 1) to data (t = 0) in `steps` network evaluations on the uniform grid.
 * One step is f(z) = z - u(z, 0, 1).
 *
 * @param z noise, [B, ...]
 * @returns data of z's shape
 */
export function sampleFlowMap(meanVelocity: MeanVelocity, z: NDArray, steps: number): NDArray {
  const one = ones([z.shape[0]]);
  let x = z;
  for (let k = steps; k > 0; k--) x = stepFlowMap(meanVelocity, x, mul(one, (k - 1) / steps), mul(one, k / steps));
  return x;
}
