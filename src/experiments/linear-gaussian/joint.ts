import { inverse, Matrix, solve } from "ml-matrix";
import { bestAdapter, type LinearAdapter, noiseCovariance, symmetricRoot } from "./adapter.js";
import { mixedCoupling } from "./mean-flow.js";
import { klTerm, observationTerm } from "./objective.js";
import { type LinearGaussian, observationCovariance } from "./problem.js";
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
 * What joint training with z detached in L_MF and the observation term training the adapter alone comes to: the flow map
 * is the transport of the coupling that the adapter makes, the adapter the best one for that flow map. Each is found for
 * the other in turn.
 */
export function jointEquilibrium(problem: LinearGaussian, alpha: number): JointSolution {
  let map = symmetricRoot(problem.covariance);
  for (let round = 0; round < mostRounds; round++) {
    const next = transport(problem, mixedCoupling(problem, bestAdapter(problem, map), alpha));
    const change = Matrix.sub(next, map).norm("frobenius");
    map = next;
    if (change < precision) break;
  }
  return { map, adapter: bestAdapter(problem, map) };
}

/**
 * The least L_obs + L_KL over adapters when the flow map always is the transport of the coupling that the adapter makes:
 * the adapter takes into account how the flow map will follow it. By Newton's method from the adapter alone.
 */
export function jointMinimum(problem: LinearGaussian, alpha: number): JointSolution {
  const { rows, columns } = bestAdapter(problem, symmetricRoot(problem.covariance)).gain;
  const adapterOf = (parameters: readonly number[]): LinearAdapter => ({
    gain: Matrix.from1DArray(rows, columns, parameters.slice(0, rows * columns)),
    logSigma: parameters.slice(rows * columns),
  });
  const mapOf = (adapter: LinearAdapter): Matrix => transport(problem, mixedCoupling(problem, adapter, alpha));
  const objective = (parameters: readonly number[]): number => {
    const adapter = adapterOf(parameters);
    const flowMap = { map: mapOf(adapter), offset: problem.mean };
    return observationTerm(problem, flowMap, adapter).value + klTerm(problem, adapter).value;
  };
  const start = bestAdapter(problem, symmetricRoot(problem.covariance));
  const adapter = adapterOf(minimise(objective, [...start.gain.to1DArray(), ...start.logSigma]));
  return { map: mapOf(adapter), adapter };
}

/**
 * The least L_obs + L_KL + E||x - f(z)||^2 / (2 tau^2) over adapter and flow map: each is the solution of linear
 * equations for the other.
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

/** Newton's method with central differences, halving a step that does not descend; for a few parameters. */
function minimise(objective: (parameters: readonly number[]) => number, start: readonly number[]): number[] {
  const h = 1e-4;
  let point = [...start];
  const shifted = (steps: Readonly<Record<number, number>>): number =>
    objective(point.map((value, i) => value + (steps[i] ?? 0)));
  for (let round = 0; round < 50; round++) {
    const here = objective(point);
    const gradient = point.map((_, i) => (shifted({ [i]: h }) - shifted({ [i]: -h })) / (2 * h));
    if (Math.hypot(...gradient) < 1e-9) break;
    const curvature = point.map((_, i) =>
      point.map((__, j) => {
        if (i === j) return (shifted({ [i]: h }) - 2 * here + shifted({ [i]: -h })) / h ** 2;
        const mixed = [1, -1].flatMap((a) => [1, -1].map((b) => a * b * shifted({ [i]: a * h, [j]: b * h })));
        return mixed.reduce((sum, value) => sum + value, 0) / (4 * h ** 2);
      }),
    );
    const newton = solve(new Matrix(curvature), Matrix.columnVector(gradient)).to1DArray();
    // Where the objective is not convex Newton's step may climb: then along the gradient.
    const descends = newton.reduce((sum, value, i) => sum + value * gradient[i], 0) > 0;
    const direction = descends ? newton : gradient;
    let length = 1;
    const next = (): number[] => point.map((value, i) => value - length * direction[i]);
    while (objective(next()) > here && length > 1e-8) length /= 2;
    point = next();
  }
  return point;
}
