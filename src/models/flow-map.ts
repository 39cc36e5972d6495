import { div, maximum, perSample, sub } from "../array/index.js";
import { type MeanVelocity } from "../flow/index.js";

/** The least divisor t in `predictData`. */
const smallestTime = 0.05;

/**
 * Makes a flow map of a network D that predicts data: u(x, r, t) = (x - D(x, r, t)) / max(t, 0.05).
 *
 * At r = 0, t = 1 the one-step map x - u is D itself. At r = t the velocity (x_t - E[x | x_t]) / t is exact for the
 * best D, so the network need not reproduce the noise.
 *
 * @example
 * const shrink: MeanVelocity = (x) => mul(x, 0.5); // D(x, r, t)
 * const samples = sampleFlowMap(predictData(shrink), z, 1); // z / 2
 */
export function predictData(network: MeanVelocity): MeanVelocity {
  return (x, r, t) => div(sub(x, network(x, r, t)), perSample(maximum(t, smallestTime), x));
}
