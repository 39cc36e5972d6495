import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { ShapeError } from "../errors.js";
import { checkEntries, numberArray, positiveInteger } from "../options.js";
import { checkFinite, type Numbers, rowCount, squaredDistance, sum } from "./arrays.js";

/** A Gaussian fitted to feature vectors of length `size`. */
export interface GaussianFit {
  size: number;
  /** [size] */
  mean: Float64Array;
  /** Sample covariance, divisor n - 1. [size, size] */
  covariance: Float64Array;
}

/**
 * Mean and covariance of n >= 2 feature vectors.
 *
 * @param features [n, size]
 * @throws ShapeError if there are fewer than two whole vectors
 * @throws InputError if a value is not finite
 * @example
 * const { mean, covariance } = gaussianFit([0, 0, 2, 2], 2); // of the points (0, 0) and (2, 2)
 */
export function gaussianFit(features: Numbers, size: number): GaussianFit {
  const n = rowCount(features, size, "features");
  if (n < 2) throw new ShapeError("features: a covariance needs two vectors or more");
  const centred = asMatrix(features, n, size);
  const mean = centred.mean("column");
  centred.subRowVector(mean);
  const covariance = centred
    .transpose()
    .mmul(centred)
    .div(n - 1);
  return { size, mean: Float64Array.from(mean), covariance: Float64Array.from(covariance.to1DArray()) };
}

/**
 * Squared Frechet (2-Wasserstein) distance of two Gaussians (Dowson and Landau 1982):
 *
 *     ||m1 - m2||^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)
 *
 * @returns a number >= 0 in the square of the features' unit
 * @throws ShapeError if the two have different sizes
 * @throws InputError if a value is not finite
 * @example
 * const a = gaussianFit([0, 0, 2, 2], 2);
 * const b = gaussianFit([1, 0, 3, 2], 2);
 * frechetDistance(a, b); // 1: the means are 1 apart
 */
export function frechetDistance(a: GaussianFit, b: GaussianFit): number {
  for (const fit of [a, b]) {
    checkEntries("Frechet distance", "a Gaussian", fit, fitRules);
    const { size, mean, covariance } = fit;
    if (mean.length !== size || covariance.length !== size ** 2)
      throw new ShapeError(
        `Frechet distance: a mean of ${mean.length} and a covariance of ${covariance.length} values do not have ${size} dimensions`,
      );
  }
  if (a.size !== b.size)
    throw new ShapeError(`Frechet distance: Gaussians of ${a.size} and ${b.size} dimensions, give two of the same`);
  for (const { mean, covariance } of [a, b]) {
    checkFinite(mean, "Frechet distance, a mean");
    checkFinite(covariance, "Frechet distance, a covariance");
  }
  const [first, second] = [a, b].map(({ covariance, size }) => asMatrix(covariance, size, size));
  const root = squareRoot(first);
  const crossTrace = sum(rootEigenvalues(root.mmul(second).mmul(root)).values);
  const meanPart = squaredDistance(a.mean, 0, b.mean, 0, a.size);
  return Math.max(0, meanPart + first.trace() + second.trace() - 2 * crossTrace);
}

const fitRules = { size: positiveInteger, mean: numberArray, covariance: numberArray };

function asMatrix(values: Numbers, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(rows, columns, Array.from(values));
}

/** The symmetric square root of a positive semi-definite matrix. */
function squareRoot(matrix: Matrix): Matrix {
  const { values, vectors } = rootEigenvalues(matrix);
  return vectors.mmul(Matrix.diag(values)).mmul(vectors.transpose());
}

/**
 * Square roots of the eigenvalues, and the eigenvectors. Eigenvalues that rounding makes slightly negative count as
 * zero.
 */
function rootEigenvalues(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const symmetric = Matrix.add(matrix, matrix.transpose()).mul(0.5);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return { values: realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))), vectors: eigenvectorMatrix };
}
