import { determinant, Matrix } from "ml-matrix";
import { type LinearAdapter, noiseCovariance } from "./adapter.js";
import { type LinearGaussian, observationCovariance } from "../../src/evaluate/calibration/index.js";

/** f(z) = offset + K z. */
export interface LinearFlowMap {
  /** K, [d, d]. */
  readonly map: Matrix;
  /** [d, 1]; m in the exact case. */
  readonly offset: Matrix;
}

/** The gradient of a term with respect to the adapter's parameters. */
export interface AdapterGradient {
  /** With respect to G, [d, k]. */
  readonly gain: Matrix;
  /** With respect to log sigma, of length d. */
  readonly logSigma: readonly number[];
}

/** The value of a term of the objective, with its gradient with respect to the adapter. */
export interface AdapterTerm {
  readonly value: number;
  readonly adapter: AdapterGradient;
}

/** The same for a term that also trains the flow map. */
export interface FlowMapTerm extends AdapterTerm {
  /** The gradient with respect to K and the offset. */
  readonly flowMap: LinearFlowMap;
}

/** L_KL = 1/2 (tr(G Cov(y) G^T) + tr S - d - log det S), the expectation over y of KL(q(z | y) || N(0, I)). */
export function klTerm(problem: LinearGaussian, adapter: LinearAdapter): AdapterTerm {
  const { gain, logSigma } = adapter;
  const moved = gain.mmul(observationCovariance(problem));
  const variances = logSigma.map((value) => Math.exp(2 * value));
  const spread = variances.reduce((sum, variance, i) => sum + variance - 1 - 2 * logSigma[i], 0);
  return {
    value: (moved.mmul(gain.transpose()).trace() + spread) / 2,
    adapter: { gain: moved, logSigma: variances.map((variance) => variance - 1) },
  };
}

/**
 * L_obs = E||y - A f(z)||^2 / (2 sigma^2)
 *       = (tr(R Cov(y) R^T) + ||A (m - offset)||^2 + tr(A K S K^T A^T)) / (2 sigma^2),  R = I - A K G.
 */
export function observationTerm(problem: LinearGaussian, flowMap: LinearFlowMap, adapter: LinearAdapter): FlowMapTerm {
  const { mean, operator, sigma } = problem;
  const observed = operator.mmul(flowMap.map);
  const residual = Matrix.eye(operator.rows).sub(observed.mmul(adapter.gain)).mmul(observationCovariance(problem));
  const miss = operator.mmul(Matrix.sub(mean, flowMap.offset));
  const noise = noiseCovariance(adapter);
  const spread = observed.mmul(noise);
  const residualPart = residual.trace() - residual.mmul(observed.mmul(adapter.gain).transpose()).trace();
  const scale = 1 / sigma ** 2;
  return {
    value: (scale / 2) * (residualPart + miss.dot(miss) + spread.mmul(observed.transpose()).trace()),
    adapter: {
      gain: observed.transpose().mmul(residual).mul(-scale),
      logSigma: observed
        .transpose()
        .mmul(spread)
        .diagonal()
        .map((value) => scale * value),
    },
    flowMap: {
      map: operator
        .transpose()
        .mmul(Matrix.sub(spread, residual.mmul(adapter.gain.transpose())))
        .mul(scale),
      offset: operator.transpose().mmul(miss).mul(-scale),
    },
  };
}

/** The reconstruction term E||x - f(z)||^2 / (2 tau^2), z ~ q(z | y), where y is an observation of x. */
export function reconstructionTerm(
  problem: LinearGaussian,
  flowMap: LinearFlowMap,
  adapter: LinearAdapter,
  tau: number,
): FlowMapTerm {
  const { map } = flowMap;
  const { gain } = adapter;
  const scale = 1 / tau ** 2;
  const shared = problem.covariance.mmul(problem.operator.transpose());
  const seen = observationCovariance(problem);
  const miss = Matrix.sub(problem.mean, flowMap.offset);
  const moments = gain.mmul(seen).mmul(gain.transpose()).add(noiseCovariance(adapter));
  const cross = shared.mmul(gain.transpose());
  const value =
    problem.covariance.trace() -
    2 * map.mmul(cross.transpose()).trace() +
    map.mmul(moments).mmul(map.transpose()).trace() +
    miss.dot(miss);
  return {
    value: (scale / 2) * value,
    adapter: {
      gain: map
        .transpose()
        .mmul(Matrix.sub(map.mmul(gain).mmul(seen), shared))
        .mul(scale),
      logSigma: map
        .transpose()
        .mmul(map)
        .mmul(noiseCovariance(adapter))
        .diagonal()
        .map((entry) => scale * entry),
    },
    flowMap: { map: Matrix.sub(map.mmul(moments), cross).mul(scale), offset: Matrix.mul(miss, -scale) },
  };
}

/**
 * The least L_obs + L_KL of any q(z | y) if the flow map's prior is exact: -E log p(y) up to the constant of the
 * likelihood, (k + log det(Cov(y) / sigma^2)) / 2.
 */
export function negativeEvidence(problem: LinearGaussian): number {
  const relative = observationCovariance(problem).div(problem.sigma ** 2);
  return (relative.rows + Math.log(determinant(relative))) / 2;
}
