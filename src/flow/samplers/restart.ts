import { type NDArray } from "../../array/index.js";
import { type MeanVelocity } from "../interpolant.js";
import { checkOptions } from "../../options.js";
import { checkedNetwork, checkFreshNoise } from "../checks.js";
import { sampleGamma } from "./gamma.js";
import { type SamplerOptions, samplerRules } from "./options.js";

/**
 * Restart sampler of a flow map (multistep consistency sampling, Song et al. 2023, algorithm 1, on the straight path).
 * Each step jumps to data, x_0 = x_t - t u(x_t, 0, t), and adds noise again up to the next time, x_t' = (1 - t') x_0
 * + t' eps.
 *
 * Exact for an exact flow map. The same as gamma sampling with gamma = 1.
 *
 * @param z noise, [B, ...]
 * @param noises standard normal noise of z's shape, one array for each step but the last: noises.length + 1 steps and
 *   evaluations, twice as many where guided
 * @returns data of z's shape
 * @throws InputError if an argument or an option is wrong
 * @example
 * const noises = [constant(random.normalArray(z.shape))];
 * const samples = sampleRestart(meanVelocity, z, noises); // two steps
 */
export function sampleRestart(
  meanVelocity: MeanVelocity,
  z: NDArray,
  noises: readonly NDArray[],
  options: SamplerOptions<MeanVelocity> = {},
): NDArray {
  // `renoising` is an option of gamma sampling alone.
  checkOptions("sampleRestart", options, samplerRules);
  checkFreshNoise("sampleRestart", z, noises);
  checkedNetwork("sampleRestart", "meanVelocity", meanVelocity);
  return sampleGamma(meanVelocity, z, noises, 1, options);
}
