import {
  add,
  div,
  gradient,
  maximum,
  mul,
  type NDArray,
  perSample,
  square,
  sub,
  sum,
  sumPerSample,
  zeros,
} from "../array/index.js";
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

/** A batch of observations as guided samplers see them. */
export interface TracedObservation extends ObservationArrays {
  sigma: number;
  /** A x, 0 where nothing was observed: [B, C, H, W] -> [B, ...observationShape]. */
  predict(x: NDArray): NDArray;
  /** y - A x, 0 where nothing was observed. */
  residual(x: NDArray): NDArray;
  /** The true adjoint A^T w of the observed entries (a problem's `transpose` need not be it). Linear operators only. */
  adjoint(w: NDArray): NDArray;
  /** log p(y | x) up to a constant, [B]. */
  logLikelihood(x: NDArray): NDArray;
}

/** Binds the arrays of a batch to their observation model. */
export function tracedObservation(model: ObservationModel, arrays: ObservationArrays): TracedObservation {
  const { y, aty, parameters } = arrays;
  const predict = (x: NDArray): NDArray => model.observe(x, zeros(y.shape), parameters);
  return {
    ...arrays,
    sigma: model.sigma,
    predict,
    residual: (x) => sub(y, predict(x)),
    adjoint: (w) => gradient((x: NDArray) => sum(mul(predict(x), w)))(zeros(aty.shape)),
    logLikelihood: (x) => model.logLikelihood(y, x, parameters),
  };
}

/** Below this the denominators of conjugate gradients are taken for zero: the system is solved. */
const solved = 1e-30;

/**
 * Solves (scale A A^T + sigma^2 I) w = b by conjugate gradients (Hestenes and Stiefel 1952), every sample of the batch by
 * itself. Exact for masks after two iterations; for blurs the error falls by (sqrt(k) - 1) / (sqrt(k) + 1) an iteration,
 * k = 1 + scale ||A||^2 / sigma^2.
 *
 * @param scale a scalar
 * @param b [B, ...observationShape], 0 where nothing was observed
 * @returns w of b's shape
 */
export function solveObservation(
  { predict, adjoint, sigma }: TracedObservation,
  scale: NDArray,
  b: NDArray,
  iterations: number,
): NDArray {
  let w = zeros(b.shape);
  let residual = b;
  let direction = b;
  let squares = sumPerSample(square(residual));
  for (let k = 0; k < iterations; k++) {
    const image = add(mul(predict(adjoint(direction)), scale), mul(direction, sigma ** 2));
    const length = div(squares, maximum(sumPerSample(mul(direction, image)), solved));
    w = add(w, mul(direction, perSample(length, b)));
    residual = sub(residual, mul(image, perSample(length, b)));
    const next = sumPerSample(square(residual));
    direction = add(residual, mul(direction, perSample(div(next, maximum(squares, solved)), b)));
    squares = next;
  }
  return w;
}
