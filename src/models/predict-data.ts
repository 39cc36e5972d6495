import { checkShapes, div, maximum, perSample, sub } from "../array/index.js";
import { type MeanVelocity } from "../flow/index.js";
import { aFunction, checkArgument } from "../options.js";

/** The least divisor t in `predictData`. */
const smallestTime = 0.05;

/**
 * Makes a flow map of a network D that predicts data: u(x, r, t) = (x - D(x, r, t)) / max(t, 0.05). (Data prediction of
 * the velocity: Li and He 2025, "Back to basics: let denoising generative models denoise".)
 *
 * At r = 0, t = 1 the one-step map x - u is D itself. At r = t the velocity (x_t - E[x | x_t]) / t is exact for the
 * best D, so the network need not reproduce the noise.
 *
 * @param network D: x [B, ...], r and t [B] -> data of x's shape
 * @returns u, of x's shape
 * @throws InputError if `network` is no function, and when u is called, if D's result has another shape than x
 * @example
 * const shrink: MeanVelocity = (x) => mul(x, 0.5); // D(x, r, t)
 * const samples = sampleFlowMap(predictData(shrink), z, 1); // z / 2
 */
export function predictData(network: MeanVelocity): MeanVelocity {
  checkArgument("predictData", "network", network, aFunction);
  return (x, r, t) => {
    const data = network(x, r, t);
    checkShapes("predictData", { x: [x, ["..."]], "the network's result": [data, ["..."]] });
    return div(sub(x, data), perSample(maximum(t, smallestTime), x));
  };
}
