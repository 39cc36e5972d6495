import { inverse, Matrix } from "ml-matrix";
import { bestAdapter, type LinearAdapter, noiseCovariance, symmetricRoot } from "./adapter.js";
import { mixedCoupling } from "./mean-flow.js";
import { minimiseAdapter } from "./minimise.js";
import { klTerm, observationTerm } from "./objective.js";
import { type LinearGaussian, observationCovariance } from "../../src/evaluate/calibration/index.js";
import { transport } from "./transport.js";

/** A flow map f(z) = m + K z with an adapter. */
export interface JointSolution {
  /** K, [d, d]. */
  readonly map: Matrix;
  readonly adapter: LinearAdapter;
}

const precision = 1e-10;
const mostRounds = 2000;

/**
 * The fixed point of joint training with z detached in L_MF and the adapter's terms training the adapter alone: the
 * flow map is the transport of the adapter's coupling, and the adapter is the best one for that flow map. Each is
 * computed for the other in turn.
 *
 * @param best the adapter for a flow map K. Default: the minimiser of L_obs + L_KL
 * @param tolerance change of K, in the Frobenius norm, at which the iteration stops
 */
export function jointEquilibrium(
  problem: LinearGaussian,
  alpha: number,
  best: (map: Matrix) => LinearAdapter = (map) => bestAdapter(problem, map),
  tolerance = precision,
): JointSolution {
  let map = symmetricRoot(problem.covariance);
  for (let round = 0; round < mostRounds; round++) {
    const next = transport(problem, mixedCoupling(problem, best(map), alpha));
    const change = Matrix.sub(next, map).norm("frobenius");
    map = next;
    if (change < tolerance) break;
  }
  return { map, adapter: best(map) };
}

/**
 * The least L_obs + L_KL over adapters if the flow map is always the transport of the adapter's coupling, so that the
 * adapter takes into account how the flow map follows it. By Newton's method, starting from the adapter alone.
 *
 * @param objective the objective in place of L_obs + L_KL
 */
export function jointMinimum(
  problem: LinearGaussian,
  alpha: number,
  objective: (solution: JointSolution) => number = ({ map, adapter }) =>
    observationTerm(problem, { map, offset: problem.mean }, adapter).value + klTerm(problem, adapter).value,
): JointSolution {
  const mapOf = (adapter: LinearAdapter): Matrix => transport(problem, mixedCoupling(problem, adapter, alpha));
  const start = bestAdapter(problem, symmetricRoot(problem.covariance));
  const adapter = minimiseAdapter((other) => objective({ map: mapOf(other), adapter: other }), start);
  return { map: mapOf(adapter), adapter };
}

/**
 * The least L_obs + L_KL + E||x - f(z)||^2 / (2 tau^2) over adapter and flow map: each is the solution of linear
 * equations given the other.
 */
export function reconstructionMinimum(problem: LinearGaussian, tau: number): JointSolution {
  let map = symmetricRoot(problem.covariance);
  let adapter = reconstructingAdapter(problem, map, tau);
  for (let round = 0; round < mostRounds; round++) {
    const next = reconstructingMap(problem, adapter, tau);
    const change = Matrix.sub(next, map).norm("frobenius");
    map = next;
    adapter = reconstructingAdapter(problem, map, tau);
    if (change < precision) break;
  }
  return { map, adapter };
}

/** The best adapter for f(z) = m + K z with the reconstruction term: precision I + K^T (I / tau^2 + A^T A / sigma^2) K. */
export function reconstructingAdapter(problem: LinearGaussian, map: Matrix, tau: number): LinearAdapter {
  const { covariance, operator, sigma } = problem;
  const weight = weightOf(problem, tau);
  const total = Matrix.eye(map.rows).add(map.transpose().mmul(weight).mmul(map));
  const shared = covariance.mmul(operator.transpose()).div(tau ** 2);
  const target = Matrix.div(operator.transpose(), sigma ** 2).add(shared.mmul(inverse(observationCovariance(problem))));
  return {
    gain: inverse(total).mmul(map.transpose()).mmul(target),
    logSigma: total.diagonal().map((value) => -Math.log(value) / 2),
  };
}

function reconstructingMap(problem: LinearGaussian, adapter: LinearAdapter, tau: number): Matrix {
  const { covariance, operator, sigma } = problem;
  const seen = observationCovariance(problem);
  const back = adapter.gain.transpose();
  const moments = adapter.gain.mmul(seen).mmul(back).add(noiseCovariance(adapter));
  const target = covariance
    .mmul(operator.transpose())
    .div(tau ** 2)
    .add(
      operator
        .transpose()
        .mmul(seen)
        .div(sigma ** 2),
    );
  return inverse(weightOf(problem, tau)).mmul(target).mmul(back).mmul(inverse(moments));
}

/** I / tau^2 + A^T A / sigma^2. */
function weightOf({ operator, sigma, mean }: LinearGaussian, tau: number): Matrix {
  return Matrix.eye(mean.rows)
    .div(tau ** 2)
    .add(
      operator
        .transpose()
        .mmul(operator)
        .div(sigma ** 2),
    );
}
