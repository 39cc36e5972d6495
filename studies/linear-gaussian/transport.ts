import { inverse, Matrix } from "ml-matrix";
import { type Coupling } from "./mean-flow.js";
import { type LinearGaussian } from "../../src/evaluate/calibration/index.js";

/**
 * The minimiser of the flow-matching loss at time t among velocities that are linear in x_t, U(t) (x_t - (1 - t) m)
 * - m:
 *
 *     U(t) = Cov(v, x_t) Cov(x_t)^-1,  x_t = (1 - t) x + t z,  v = z - x.
 *
 * For one Gaussian coupling (alpha 0 or 1) it is the exact conditional mean E[v | x_t].
 */
export function velocitySlope({ covariance }: LinearGaussian, { cross, noise }: Coupling, t: number): Matrix {
  const crosses = Matrix.add(cross, cross.transpose());
  const point = Matrix.mul(covariance, (1 - t) ** 2)
    .add(crosses.mul(t * (1 - t)))
    .add(Matrix.mul(noise, t * t));
  const along = Matrix.sub(cross.transpose(), covariance)
    .mul(1 - t)
    .add(Matrix.sub(noise, cross).mul(t));
  return along.mmul(inverse(point));
}

/** Number of Runge-Kutta steps over the whole path; the error is of fourth order, 1e-7 here. */
const wholePathSteps = 64;

/**
 * The transport of that velocity from time t back to r: x_r - (1 - r) m = Phi (x_t - (1 - t) m), by the matrix equation
 * dX/dt = U(t) X and the classical Runge-Kutta method. The flow map in one step is Phi(0, 1).
 */
export function transport(problem: LinearGaussian, coupling: Coupling, r = 0, t = 1): Matrix {
  const steps = Math.max(1, Math.ceil(wholePathSteps * (t - r)));
  const h = (r - t) / steps;
  const moved = (x: Matrix, by: Matrix, scale: number): Matrix => Matrix.add(x, Matrix.mul(by, scale));
  let x: Matrix = Matrix.eye(problem.mean.rows);
  let start = velocitySlope(problem, coupling, t);
  for (let i = 0; i < steps; i++) {
    const middle = velocitySlope(problem, coupling, t + (i + 0.5) * h);
    const end = velocitySlope(problem, coupling, t + (i + 1) * h);
    const k1 = start.mmul(x);
    const k2 = middle.mmul(moved(x, k1, h / 2));
    const k3 = middle.mmul(moved(x, k2, h / 2));
    const k4 = end.mmul(moved(x, k3, h));
    x = moved(x, Matrix.add(k1, k4).add(Matrix.add(k2, k3).mul(2)), h / 6);
    start = end;
  }
  return x;
}
