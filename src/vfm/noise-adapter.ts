import { add, exp, mul, type NDArray, square, sub } from "../array/index.js";
import { reduceSample, type Reduction } from "../flow/index.js";

/** q(z | y, c) = N(mu, diag sigma^2) of each sample: arrays of the noise's shape, [B, ...]. */
export interface NoiseDistribution {
  /** mu(y, c). */
  mean: NDArray;
  /** log sigma(y, c). */
  logSigma: NDArray;
}

/**
 * A noise adapter: which noise to start from, given an observation.
 *
 * @param aty A^T y, the observation brought back to the data's shape, [B, ...]
 * @param problem the class c of the inverse problem, int32 [B]
 */
export type NoiseAdapter = (aty: NDArray, problem: NDArray) => NoiseDistribution;

/** Draws z = mu + temperature * sigma * eps. eps: standard normal noise of mu's shape. */
export function drawNoise({ mean, logSigma }: NoiseDistribution, eps: NDArray, temperature = 1): NDArray {
  return add(mean, mul(mul(exp(logSigma), eps), temperature));
}

/** KL(q(z | y) || N(0, I)) = 1/2 sum(sigma^2 + mu^2 - 1 - 2 log sigma) of each sample (or the mean over entries): [B]. */
export function klToStandardNormal({ mean, logSigma }: NoiseDistribution, reduction: Reduction): NDArray {
  const terms = sub(add(exp(mul(logSigma, 2)), square(mean)), add(mul(logSigma, 2), 1));
  return mul(reduceSample(terms, reduction), 0.5);
}
