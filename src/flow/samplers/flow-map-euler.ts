import { type NDArray } from "../../array/index.js";
import { checkOptions } from "../../options.js";
import { checkedNetwork, checkNoise } from "../checks.js";
import { type MeanVelocity, stepFlowMap } from "../interpolant.js";
import { guidedAt } from "./guidance.js";
import { type SamplerOptions, samplerRules } from "./options.js";
import { intervals, timeGrid, timesLike } from "./times.js";

/**
 * Flow-map sampler: from noise z (t = 1) to data (t = 0) in `steps` jumps x_r = x_t - (t - r) u(x_t, r, t) (MeanFlow, Geng et
 * al. 2025, algorithm 2). One step is f(z) = z - u(z, 0, 1).
 *
 * Exact for an exact flow map, whatever the number of steps. It takes `steps` evaluations, twice as many where guided.
 *
 * @param z noise, [B, ...]
 * @returns data of z's shape
 * @throws InputError if an argument or an option is wrong
 * @example
 * const samples = sampleFlowMap(meanVelocity, z, 1); // z - u(z, 0, 1)
 */
export function sampleFlowMap(
  meanVelocity: MeanVelocity,
  z: NDArray,
  steps: number,
  options: SamplerOptions<MeanVelocity> = {},
): NDArray {
  checkOptions("sampleFlowMap", options, samplerRules);
  checkNoise("sampleFlowMap", z);
  const { shift, guidance } = options;
  const checked = checkedNetwork("sampleFlowMap", "meanVelocity", meanVelocity);
  return intervals(timeGrid(steps, shift)).reduce(
    (x, [t, r]) => stepFlowMap(guidedAt(checked, guidance, t), x, timesLike(x, r), timesLike(x, t)),
    z,
  );
}
