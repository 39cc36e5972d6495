import { checkPositive, checkSome, logSumExp, type Numbers, rowCount, squaredDistance } from "./arrays.js";

/**
 * Negative log predictive density of a fresh observation y' of the same x under posterior samples x_j:
 *
 *     -log((1 / n) sum_j N(y'; A x_j, sigma^2 I))
 *
 * @param observation y', [d]
 * @param predicted A x_j, [n, d]
 * @param sigma standard deviation of the observation's noise
 * @returns the negative logarithm of the density, in nats
 * @throws ShapeError if the shapes do not fit
 * @throws InputError if a value is not finite or sigma is not positive
 * @example
 * nlpd([0.5], [0.4, 0.7, 0.5], 0.1); // three samples' predictions of one number
 */
export function nlpd(observation: Numbers, predicted: Numbers, sigma: number): number {
  const size = checkSome(observation, "nlpd, the observation");
  const n = rowCount(predicted, size, "nlpd");
  checkPositive(sigma, "nlpd: sigma");
  const logDensities = Float64Array.from(
    { length: n },
    (_, j) => -squaredDistance(observation, 0, predicted, j, size) / (2 * sigma ** 2),
  );
  return Math.log(n) - logSumExp(logDensities) + (size / 2) * Math.log(2 * Math.PI * sigma ** 2);
}
