import { add, exp, log, mean, mul, type NDArray, reshape, sizeOf, square, sub } from "../array/index.js";
import { type Reduction } from "../flow/index.js";
import { type NoiseDistribution } from "./noise-adapter.js";

/**
 * How far the adapter's noise, averaged over observations, is from N(0, I). For the true noise posterior this average
 * is exactly N(0, I), whatever the flow map. The first two moments of each entry are compared over the samples of a
 * block (the observations of one inverse problem):
 *
 *     m = E_y[mu],  v = E_y[sigma^2 + (mu - m)^2],  D = KL(N(m, v) || N(0, 1)) = 1/2 (v + m^2 - 1 - log v).
 *
 * A mode-seeking q is too narrow, so that v < 1. The flow map then learns to tell the adapter's noise from the prior's,
 * and unconditional samples suffer. (The idea of an aggregate divergence: Zhao et al. 2017, "InfoVAE".)
 *
 * @param blocks the number of equal consecutive blocks of the batch
 * @returns a scalar: the sum or the mean over the entries, averaged over the blocks
 */
export function aggregateDivergence(
  { mean: mu, logSigma }: NoiseDistribution,
  blocks: number,
  reduction: Reduction,
): NDArray {
  const [inBlocks, logSigmas] = [mu, logSigma].map((x) => reshape(x, [blocks, mu.shape[0] / blocks, -1]));
  const m = mean(inBlocks, 1, true);
  // E_y[mu^2] - m^2 would cancel where sigma is small, and v could fall to 0.
  const v = mean(add(exp(mul(logSigmas, 2)), square(sub(inBlocks, m))), 1, true);
  const terms = mul(sub(sub(add(v, square(m)), 1), log(v)), 0.5);
  return mul(mean(terms), reduction === "sum" ? sizeOf(mu.shape.slice(1)) : 1);
}
