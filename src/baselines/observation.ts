import {
  add,
  conjugateGradients,
  constant,
  div,
  gradient,
  less,
  mul,
  type NDArray,
  perSample,
  randomSource,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  sumPerSample,
  where,
  zeros,
} from "../array/index.js";
import { spectralPreconditioner } from "../vfm/index.js";
import { type ObservationModel, type TracedParameters } from "../operators/index.js";

/** The arrays of a batch of observations inside a traced function. */
export type ObservationArrays = {
  /** [B, ...observationShape] */
  y: NDArray;
  /** A^T y, [B, C, H, W]. */
  aty: NDArray;
  /** The class c of the problem, int32 [B]. */
  problem: NDArray;
  parameters: TracedParameters;
};

/** A batch of observations, as guided samplers use them. */
export interface TracedObservation extends ObservationArrays {
  sigma: number;
  /** Whether A commutes with shifts of an image, except at the border. */
  shiftInvariant: boolean;
  /** A x, 0 where nothing was observed: [B, C, H, W] -> [B, ...observationShape]. */
  predict(x: NDArray): NDArray;
  /** y - A x, 0 where nothing was observed. */
  residual(x: NDArray): NDArray;
  /**
   * The true adjoint A^T w of the observed entries, which a problem's `transpose` need not be. Linear operators only.
   */
  adjoint(w: NDArray): NDArray;
  /** log p(y | x) up to a constant, [B]. */
  logLikelihood(x: NDArray): NDArray;
}

/** Binds the arrays of a batch to their observation model. */
export function tracedObservation(model: ObservationModel, arrays: ObservationArrays): TracedObservation {
  const { y, aty, parameters } = arrays;
  const predict = (x: NDArray): NDArray => model.predict(x, parameters);
  return {
    ...arrays,
    sigma: model.sigma,
    shiftInvariant: model.operator.shiftInvariant ?? false,
    predict,
    residual: (x) => sub(y, predict(x)),
    adjoint: (w) => gradient((x: NDArray) => sum(mul(predict(x), w)))(zeros(aty.shape)),
    logLikelihood: (x) => model.logLikelihood(y, x, parameters),
  };
}

// Rayleigh quotients converge fast; for masks and averages, with ones as an eigenvector, the first one is exact.
const powerIterations = 4;
// Quotients stay finite where A = 0.
const smallestNorm = 1e-30;

/**
 * ||A||^2, the largest eigenvalue of A^T A, of each sample's operator, by power iteration from ones (an operator with
 * weights of one sign has its first eigenvector near them), or from noise if A maps them to 0. A gradient step on
 * ||y - A x||^2 / 2 is stable for step sizes below 2 / ||A||^2. Linear operators only.
 *
 * @returns [B, 1, 1, 1]; 1e-30 where A = 0
 */
export function squaredNorm({
  predict,
  adjoint,
  aty,
}: Pick<TracedObservation, "predict" | "adjoint" | "aty">): NDArray {
  const normFrom = (start: NDArray): NDArray => {
    let vector = start;
    for (let k = 0; k < powerIterations; k++) {
      const next = adjoint(predict(vector));
      vector = div(next, perSample(sqrt(sumPerSample(square(next))), next));
    }
    return perSample(sumPerSample(square(predict(vector))), vector);
  };
  const noise = constant(randomSource(0, "power iteration").normalArray([1, ...aty.shape.slice(1)]));
  const [ofOnes, ofNoise] = [1, noise].map((start) => normFrom(add(zeros(aty.shape), start)));
  // A vector that A maps to 0 leaves 0 / 0, which is not above 0.
  return where(less(0, ofOnes), ofOnes, where(less(0, ofNoise), ofNoise, smallestNorm));
}

/** The initial state of a chain with steps in units of 1 / ||A||^2: the noise, and ||A||^2. */
export function withSquaredNorm(noise: NDArray, observation: TracedObservation): { x: NDArray; norm: NDArray } {
  return { x: noise, norm: squaredNorm(observation) };
}

/**
 * A^T (scale A A^T + sigma^2 I)^-1 b by conjugate gradients. It is exact after two iterations for masks of zeros and
 * ones. For blurs, whose condition number is 1 + scale ||A||^2 / sigma^2, the system is preconditioned in the spectrum of
 * the cosine transform.
 *
 * @param scale a scalar
 * @param b [B, ...observationShape], 0 where nothing was observed
 * @returns [B, C, H, W]
 */
export function dampedPseudoinverse(
  { predict, adjoint, aty, sigma, shiftInvariant }: TracedObservation,
  scale: NDArray,
  b: NDArray,
  iterations: number,
): NDArray {
  const outer = (image: NDArray): NDArray => mul(predict(image), scale);
  const root = { scales: reshape(sqrt(scale), [1]), saturation: 0 };
  const everywhere = add(zeros(aty.shape), 1);
  const precondition =
    shiftInvariant && aty.ndim === 4
      ? spectralPreconditioner({ forward: predict, sigma }, root, everywhere)
      : undefined;
  return conjugateGradients({ inner: adjoint, outer, damping: sigma ** 2, precondition }, b, iterations);
}
