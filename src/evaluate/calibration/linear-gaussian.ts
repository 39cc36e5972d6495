import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import { type RandomSource } from "../../array/index.js";

/** x ~ N(m, C) in R^d and y = A x + sigma eps in R^k, eps ~ N(0, I): the case in which all distributions are known. */
export interface LinearGaussian {
  /** m, [d, 1]. */
  readonly mean: Matrix;
  /** C, [d, d], positive definite. */
  readonly covariance: Matrix;
  /** A, [k, d]. */
  readonly operator: Matrix;
  /** sigma, the standard deviation of the observation's noise. */
  readonly sigma: number;
}

/** p(x | y) = N(m + gain (y - A m), covariance). */
export interface GaussianPosterior {
  /** [d, k]. */
  readonly gain: Matrix;
  /** [d, d], the same for every y. */
  readonly covariance: Matrix;
}

/** The example in all tables: two correlated coordinates, of which the first is observed. */
export const correlatedPair: LinearGaussian = {
  mean: Matrix.columnVector([0.5, -0.25]),
  covariance: new Matrix([
    [1, 0.8],
    [0.8, 1.5],
  ]),
  operator: new Matrix([[1, 0]]),
  sigma: 0.5,
};

/** Cov(y) = A C A^T + sigma^2 I, [k, k]. */
export function observationCovariance({ covariance, operator, sigma }: LinearGaussian): Matrix {
  const noise = Matrix.eye(operator.rows).mul(sigma ** 2);
  return operator.mmul(covariance).mmul(operator.transpose()).add(noise);
}

/** The exact posterior: gain C A^T Cov(y)^-1, covariance C - gain A C. */
export function exactPosterior(problem: LinearGaussian): GaussianPosterior {
  const { covariance, operator } = problem;
  const gain = covariance.mmul(operator.transpose()).mmul(inverse(observationCovariance(problem)));
  return { gain, covariance: Matrix.sub(covariance, gain.mmul(operator).mmul(covariance)) };
}

/** The lower triangular factor of a positive definite matrix. */
export function lowerFactor(covariance: Matrix): Matrix {
  return new CholeskyDecomposition(covariance).lowerTriangularMatrix;
}

/** The product of a matrix [n, d] and a vector of length d, of length n. For loops over many vectors. */
export function timesVector(matrix: Matrix, vector: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: matrix.rows }, (_, row) => {
    let total = 0;
    for (let column = 0; column < matrix.columns; column++) total += matrix.get(row, column) * vector[column];
    return total;
  });
}

/** Draws mean + factor eps with eps ~ N(0, I). mean: length d, factor: [d, d]; result of length d. */
export function drawGaussian(mean: ArrayLike<number>, factor: Matrix, random: RandomSource): Float64Array {
  const drawn = timesVector(
    factor,
    Float64Array.from({ length: factor.columns }, () => random.normal()),
  );
  return drawn.map((value, k) => mean[k] + value);
}
