import { Matrix } from "ml-matrix";
import { type LinearAdapter, noiseCovariance } from "./adapter.js";
import { type AdapterTerm } from "./objective.js";
import { type LinearGaussian, observationCovariance } from "../../src/evaluate/calibration/index.js";

/** Second moments of data and noise under the adapter's coupling: Cov(x, z) and Cov(z). E z = 0. */
export interface Coupling {
  readonly cross: Matrix;
  readonly noise: Matrix;
}

/** The coupling of x with z ~ q(z | y), y an observation of x: Cov(x, z) = C A^T G^T, Cov(z) = G Cov(y) G^T + S. */
export function adapterCoupling(problem: LinearGaussian, adapter: LinearAdapter): Coupling {
  const { covariance, operator } = problem;
  const back = adapter.gain.transpose();
  return {
    cross: covariance.mmul(operator.transpose()).mmul(back),
    noise: adapter.gain.mmul(observationCovariance(problem)).mmul(back).add(noiseCovariance(adapter)),
  };
}

/** The coupling of L_MF: the adapter's with probability alpha, otherwise z ~ N(0, I), independent of x. */
export function mixedCoupling(problem: LinearGaussian, adapter: LinearAdapter, alpha: number): Coupling {
  const { cross, noise } = adapterCoupling(problem, adapter);
  return { cross: cross.mul(alpha), noise: noise.mul(alpha).add(Matrix.eye(noise.rows).mul(1 - alpha)) };
}

/**
 * A mean velocity that is linear in x_t, at one pair of times: u = U x_t + c, and its derivative with respect to t, U_t
 * x_t + c_t.
 */
export interface LinearVelocity {
  /** U and U_t, [d, d]. */
  readonly slope: Matrix;
  readonly slopeRate: Matrix;
  /** c and c_t, [d, 1]. */
  readonly offset: Matrix;
  readonly offsetRate: Matrix;
}

/** The mean-flow loss with its gradients. */
export interface MeanFlowTerm extends AdapterTerm {
  /** With respect to U, [d, d], and c, [d, 1]; no gradient flows through the target of the loss. */
  readonly slope: Matrix;
  readonly offset: Matrix;
}

/**
 * The mean-flow loss E||R||^2 at the times r <= t (flow matching at r = t), summed over the entries of a sample, with
 *
 *     R = u - (v - (t - r) (U v + U_t x_t + c_t)) = a x + b z + const.,
 *     a = (1 - t) W - V,  b = t W + V,  W = U + (t - r) U_t,  V = (t - r) U - I.
 *
 * Its gradients are those of u alone, because the target has none. They reach the adapter through x_t if z is the
 * adapter's.
 */
export function meanFlowTerm(
  problem: LinearGaussian,
  adapter: LinearAdapter,
  alpha: number,
  { slope, slopeRate, offset, offsetRate }: LinearVelocity,
  [r, t]: readonly [r: number, t: number],
): MeanFlowTerm {
  const { mean, covariance, operator } = problem;
  const { cross, noise } = mixedCoupling(problem, adapter, alpha);
  const step = t - r;
  const w = Matrix.add(slope, Matrix.mul(slopeRate, step));
  const v = Matrix.sub(Matrix.mul(slope, step), Matrix.eye(slope.rows));
  const a = Matrix.sub(Matrix.mul(w, 1 - t), v);
  const b = Matrix.add(Matrix.mul(w, t), v);
  // Cov(R, x) and Cov(R, z), and E R.
  const withX = a.mmul(covariance).add(b.mmul(cross.transpose()));
  const withZ = a.mmul(cross).add(b.mmul(noise));
  const centre = a.mmul(mean).add(offset).add(Matrix.mul(offsetRate, step));
  const withPoint = Matrix.mul(withX, 1 - t)
    .add(Matrix.mul(withZ, t))
    .add(centre.mmul(mean.transpose()).mul(1 - t));
  // For the adapter's share alone: E R (y - A m)^T and E R eps^T, where eps is the noise of its draw.
  const withY = a
    .mmul(covariance)
    .mmul(operator.transpose())
    .add(b.mmul(adapter.gain).mmul(observationCovariance(problem)));
  const withEps = b.mmul(noiseCovariance(adapter));
  const back = Matrix.mul(slope.transpose(), 2 * t * alpha);
  return {
    value: withX.mmul(a.transpose()).trace() + withZ.mmul(b.transpose()).trace() + centre.dot(centre),
    slope: withPoint.mul(2),
    offset: Matrix.mul(centre, 2),
    adapter: { gain: back.mmul(withY), logSigma: back.mmul(withEps).diagonal() },
  };
}
