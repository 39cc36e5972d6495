import { EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";
import { exactPosterior, type GaussianPosterior, type LinearGaussian } from "../../src/evaluate/calibration/index.js";

/** q(z | y) = N(G (y - A m), diag(sigma)^2): a noise adapter that is linear in y. */
export interface LinearAdapter {
  /** G, [d, k]. */
  readonly gain: Matrix;
  /** log sigma, of length d. */
  readonly logSigma: readonly number[];
}

/** S = diag(sigma^2), [d, d]. */
export function noiseCovariance({ logSigma }: LinearAdapter): Matrix {
  return Matrix.diag(logSigma.map((value) => Math.exp(2 * value)));
}

/**
 * The posterior of the noise for the flow map f(z) = m + K z, z ~ N(0, I):
 *
 *   precision Lambda = I + K^T A^T A K / sigma^2,
 *   mean Lambda^-1 K^T A^T (y - A m) / sigma^2.
 *
 * @param map K, [d, d]
 */
export function noisePosterior({ operator, sigma }: LinearGaussian, map: Matrix): { precision: Matrix; gain: Matrix } {
  const observed = operator.mmul(map).div(sigma);
  const precision = Matrix.eye(map.rows).add(observed.transpose().mmul(observed));
  return { precision, gain: inverse(precision).mmul(observed.transpose()).div(sigma) };
}

/**
 * The minimiser of L_obs + L_KL for a fixed flow map f(z) = m + K z, the adapter trained alone. Its mean is the exact
 * mean of the noise posterior, and its variances are the reciprocals of the diagonal of the posterior's precision
 * (docs/theory.md, section 2).
 *
 * @param map K, [d, d]
 */
export function bestAdapter(problem: LinearGaussian, map: Matrix): LinearAdapter {
  const { precision, gain } = noisePosterior(problem, map);
  return { gain, logSigma: precision.diagonal().map((value) => -Math.log(value) / 2) };
}

/** The distribution of the samples x = m + K z with z ~ q(z | y): mean gain K G, covariance K S K^T. */
export function sampledPosterior(map: Matrix, adapter: LinearAdapter): GaussianPosterior {
  return {
    gain: map.mmul(adapter.gain),
    covariance: map.mmul(noiseCovariance(adapter)).mmul(map.transpose()),
  };
}

/** The deviation of samples from the exact posterior and prior: relative differences in the Frobenius norm. */
export interface PosteriorErrors {
  /** Error of the gain, by which the posterior's mean depends on y. */
  readonly mean: number;
  /** Error of the posterior's covariance. */
  readonly covariance: number;
  /** Error of the prior's covariance, K K^T against C. */
  readonly prior: number;
}

/** Compares a flow map and an adapter with the exact posterior and prior. */
export function posteriorErrors(problem: LinearGaussian, map: Matrix, adapter: LinearAdapter): PosteriorErrors {
  const exact = exactPosterior(problem);
  const sampled = sampledPosterior(map, adapter);
  const relative = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm("frobenius") / b.norm("frobenius");
  return {
    mean: relative(sampled.gain, exact.gain),
    covariance: relative(sampled.covariance, exact.covariance),
    prior: relative(map.mmul(map.transpose()), problem.covariance),
  };
}

/** The symmetric square root C^1/2 of a covariance: the transport of flow matching with independent noise. */
export function symmetricRoot(covariance: Matrix): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  return vectors.mmul(Matrix.diag(realEigenvalues.map(Math.sqrt))).mmul(vectors.transpose());
}

/**
 * The root of C for which a diagonal adapter is exact: K = C^1/2 Q, where Q are the eigenvectors of C^1/2 A^T A C^1/2,
 * so that the noise posterior's precision is diagonal (docs/theory.md, section 3).
 */
export function alignedRoot({ covariance, operator }: LinearGaussian): Matrix {
  const root = symmetricRoot(covariance);
  const observed = operator.mmul(root);
  const { eigenvectorMatrix } = new EigenvalueDecomposition(observed.transpose().mmul(observed), {
    assumeSymmetric: true,
  });
  return root.mmul(eigenvectorMatrix);
}
