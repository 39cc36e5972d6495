import { checkPositive, checkSameLength, type Numbers } from "./arrays.js";

/**
 * Misfit of a sample to its observation, ||y - A x||^2 / (sigma^2 m): chi squared divided by the number of observed
 * entries. For exact posterior samples its mean over observations is 1, however much y determines, because (x, y) has
 * the distribution of the truth and its observation. Below 1 the samples fit the noise, above 1 they contradict y.
 *
 * @param observation y
 * @param predicted A x, of the same length; entries that are not observed are equal in both
 * @param sigma standard deviation of the observation's noise
 * @param observedCount m, the number of observed entries
 * @throws ShapeError if the lengths differ
 * @throws InputError if a value is not finite, or sigma or m is not positive
 * @example
 * misfit([1, 2], [1.1, 1.9], 0.1, 2); // 1: each entry is off by one sigma
 */
export function misfit(observation: Numbers, predicted: Numbers, sigma: number, observedCount: number): number {
  checkSameLength(observation, predicted, "misfit");
  checkPositive(sigma, "misfit: sigma");
  checkPositive(observedCount, "misfit: the number of observed entries");
  let sum = 0;
  for (let i = 0; i < observation.length; i++) sum += (observation[i] - predicted[i]) ** 2;
  return sum / (sigma ** 2 * observedCount);
}
