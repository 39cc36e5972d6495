import { Matrix } from "ml-matrix";
import { bestAdapter, type LinearAdapter, sampledPosterior } from "./adapter.js";
import { minimiseAdapter } from "./minimise.js";
import { exactPosterior, type LinearGaussian, observationCovariance } from "../../src/evaluate/calibration/index.js";

const directions = Array.from({ length: 200 }, (_, i) => (Math.PI * i) / 200).map(
  (angle) => [Math.cos(angle), Math.sin(angle)] as const,
);

/** The scores of draws, as in `src/vfm/score.ts`. */
export type ScoreName = "pixel" | "energy";

/**
 * The expectation over x, y and the draws of the scores of x' = m + K z, z ~ q(z | y). Both differences are Gaussian
 * with mean zero: x' - x has the covariance T = R Cov(y) R^T + Cov(x | y) + K S K^T, R = K G - gain, and two draws
 * differ by N(0, 2 K S K^T):
 *
 *     pixel:  sqrt(2 / pi) mean_k (sqrt(T_kk) - 1/2 sqrt(2 (K S K^T)_kk))
 *     energy: (n(T) - 1/2 n(2 K S K^T)) / sqrt(2),  n(V) = E||N(0, V)||
 *
 * @param map K, [2, 2]
 */
export function expectedScores(
  problem: LinearGaussian,
  map: Matrix,
  adapter: LinearAdapter,
): Readonly<Record<ScoreName, number>> {
  const exact = exactPosterior(problem);
  const sampled = sampledPosterior(map, adapter);
  const miss = Matrix.sub(sampled.gain, exact.gain);
  const missed = miss.mmul(observationCovariance(problem)).mmul(miss.transpose());
  const toTruth = missed.add(exact.covariance).add(sampled.covariance);
  const between = Matrix.mul(sampled.covariance, 2);
  const ofEntries = (covariance: Matrix): number =>
    covariance.diagonal().reduce((sum, variance) => sum + meanAbsolute(variance) / covariance.rows, 0);
  return {
    pixel: ofEntries(toTruth) - ofEntries(between) / 2,
    energy: (meanNorm(toTruth) - meanNorm(between) / 2) / Math.SQRT2,
  };
}

/** The adapter with the least score for a fixed flow map f(z) = m + K z. */
export function bestScoredAdapter(problem: LinearGaussian, map: Matrix, name: ScoreName): LinearAdapter {
  return minimiseAdapter((adapter) => expectedScores(problem, map, adapter)[name], bestAdapter(problem, map));
}

/** The expectation of the energy score of the prior's draws m + K z, z ~ N(0, I), against x. */
export function expectedPriorScore({ covariance }: LinearGaussian, map: Matrix): number {
  const prior = map.mmul(map.transpose());
  return (meanNorm(Matrix.add(prior, covariance)) - meanNorm(Matrix.mul(prior, 2)) / 2) / Math.SQRT2;
}

/** E|N(0, variance)|. */
function meanAbsolute(variance: number): number {
  return Math.sqrt((2 * variance) / Math.PI);
}

/**
 * E||N(0, V)|| in the plane: pi / 2 times the mean of E|u . N(0, V)| over all directions u of the half circle. With
 * equal steps the mean converges exponentially, because the function is periodic.
 */
function meanNorm(covariance: Matrix): number {
  const [a, b, c] = [covariance.get(0, 0), covariance.get(0, 1), covariance.get(1, 1)];
  const total = directions.reduce((sum, [x, y]) => sum + meanAbsolute(a * x * x + 2 * b * x * y + c * y * y), 0);
  return ((Math.PI / 2) * total) / directions.length;
}
