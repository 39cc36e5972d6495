import { add, mul, type NDArray } from "../../array/index.js";
import { checkArgument, checkOptions, numberFrom, oneOf } from "../../options.js";
import { checkedNetwork, checkFreshNoise } from "../checks.js";
import { type MeanVelocity, stepFlowMap } from "../interpolant.js";
import { guidedAt } from "./guidance.js";
import { type SamplerOptions, samplerRules } from "./options.js";
import { intervals, timeGrid, timesLike } from "./times.js";

/** Options of `sampleGamma`. */
export interface GammaOptions extends SamplerOptions<MeanVelocity> {
  /**
   * The standard deviation of the noise added at time s to reach t. "marginal" (the default), sqrt(t^2 - alpha^2 s^2),
   * gives x_t the distribution of the path. "linear", 1 - alpha, is used in some published code and adds too little
   * noise.
   */
  renoising?: "marginal" | "linear" | undefined;
}

/**
 * Gamma sampling of a flow map (consistency trajectory models, Kim et al. 2024, algorithm 2, on the straight path).
 * Each step jumps from t past the next time t' to s = sqrt(1 - gamma^2) t', and returns to t' with fresh noise:
 *
 *     x_t' = alpha x_s + sigma eps,   alpha = (1 - t') / (1 - s),   sigma^2 = t'^2 - alpha^2 s^2.
 *
 * gamma = 0 is the flow-map sampler, without noise. gamma = 1 is the restart sampler: jump to data, then add noise
 * again. Exact for an exact flow map.
 *
 * @param z noise, [B, ...]
 * @param noises standard normal noise of z's shape, one array for each step but the last: noises.length + 1 steps and
 *   evaluations, twice as many where guided
 * @param gamma in [0, 1]
 * @returns data of z's shape
 * @throws InputError if gamma is outside [0, 1], or another argument or an option is wrong
 * @example
 * const noises = [constant(random.normalArray(z.shape))];
 * const samples = sampleGamma(meanVelocity, z, noises, 0.5); // two steps
 */
export function sampleGamma(
  meanVelocity: MeanVelocity,
  z: NDArray,
  noises: readonly NDArray[],
  gamma: number,
  options: GammaOptions = {},
): NDArray {
  checkArgument("sampleGamma", "gamma", gamma, numberFrom(0, 1));
  checkOptions("sampleGamma", options, { ...samplerRules, renoising: oneOf(["marginal", "linear"]) });
  checkFreshNoise("sampleGamma", z, noises);
  const { shift, guidance, renoising = "marginal" } = options;
  const checked = checkedNetwork("sampleGamma", "meanVelocity", meanVelocity);
  return intervals(timeGrid(noises.length + 1, shift)).reduce((x, [t, next], k) => {
    const s = Math.sqrt(1 - gamma ** 2) * next;
    const early = stepFlowMap(guidedAt(checked, guidance, t), x, timesLike(x, s), timesLike(x, t));
    if (s === next) return early;
    const alpha = (1 - next) / (1 - s);
    const sigma = renoising === "linear" ? 1 - alpha : Math.sqrt(next ** 2 - (alpha * s) ** 2);
    return add(mul(early, alpha), mul(noises[k], sigma));
  }, z);
}
