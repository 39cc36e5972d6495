import { positiveNumber, shown } from "../options.js";
import {
  abs,
  add,
  type HostArray,
  less,
  mul,
  type NDArray,
  type RandomSource,
  square,
  sub,
  sumPerSample,
  toFloat,
} from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";
import {
  type ForwardOperator,
  type OperatorParameters,
  requireTraced,
  type SampleShape,
  type TracedParameters,
} from "./operator.js";

/**
 * How an observation y arises from a sample x, and how likely it is: an operator and a noise. For another noise, write
 * another object of this type; any log p(y | x) that is differentiable with respect to x will do.
 */
export interface ObservationModel {
  readonly operator: ForwardOperator;
  /** The standard deviation of the noise of an observed entry, in which misfits are measured. */
  readonly sigma: number;
  /** Whether the noise is N(0, sigma^2 I), which the update on the observation requires. Default: false. */
  readonly gaussian?: boolean | undefined;
  /** Draws the noise that `observe` takes, float32 of this shape. */
  drawNoise(shape: readonly number[], random: RandomSource): HostArray;
  /** A x, [B, ...shape] -> [B, ...observationShape]: y without its noise. Entries that are not observed are 0. */
  predict(x: NDArray, parameters: TracedParameters): NDArray;
  /** y from x [B, ...shape] and noise of y's shape. Entries that are not observed are 0. */
  observe(x: NDArray, noise: NDArray, parameters: TracedParameters): NDArray;
  /** log p(y | x) of each sample, [B], summed over the observed entries, up to a constant that does not depend on x. */
  logLikelihood(y: NDArray, x: NDArray, parameters: TracedParameters): NDArray;
}

/**
 * y = A x + sigma eps, eps ~ N(0, I): log p(y | x) = -||y - A x||^2 / (2 sigma^2) over the observed entries.
 *
 * @throws InputError if sigma is not a positive number
 * @example
 * const model = gaussianNoise(superResolution({ factor: 2 }), 0.05);
 */
export function gaussianNoise(operator: ForwardOperator, sigma: number): ObservationModel {
  const model = additiveNoise(operator, sigma, {
    drawNoise: (shape, random) => random.normalArray(shape),
    logDensity: (standardised) => mul(square(standardised), -0.5),
  });
  return { ...model, gaussian: true };
}

/**
 * y = A x + sigma e with Laplace noise e of variance 1, which outliers fit better than Gaussian noise:
 * log p(y | x) = -sqrt(2) ||y - A x||_1 / sigma over the observed entries.
 *
 * @throws InputError if sigma is not a positive number
 * @example
 * const model = laplaceNoise(superResolution({ factor: 2 }), 0.05);
 */
export function laplaceNoise(operator: ForwardOperator, sigma: number): ObservationModel {
  return additiveNoise(operator, sigma, {
    drawNoise: (shape, random) => {
      const { data, ...noise } = random.uniformArray(shape);
      return { ...noise, data: Float32Array.from(data, laplaceQuantile) };
    },
    logDensity: (standardised) => mul(abs(standardised), -Math.SQRT2),
  });
}

// The quantile function of Laplace noise of variance 1; finite at u = 0, which may be drawn.
function laplaceQuantile(u: number): number {
  const tail = Math.max(1 - 2 * Math.abs(u - 0.5), Number.EPSILON);
  return (-Math.sign(u - 0.5) * Math.log(tail)) / Math.SQRT2;
}

interface StandardNoise {
  drawNoise: ObservationModel["drawNoise"];
  /** The log density of noise of mean 0 and variance 1, element by element, up to a constant. */
  logDensity(standardised: NDArray): NDArray;
}

function additiveNoise(operator: ForwardOperator, sigma: number, noise: StandardNoise): ObservationModel {
  if (typeof operator?.forward !== "function")
    throw new InputError(`a noise needs an operator: give one, e.g. boxInpainting()`);
  if (!positiveNumber().accepts(sigma))
    throw new InputError(`${operator.name}: the noise's sigma is ${shown(sigma)}, it has to be a positive number`);
  // The mask tells which entries are observed; how far it weakens them is up to the operator.
  const masked = (y: NDArray, parameters: TracedParameters): NDArray =>
    operator.observedMask === undefined ? y : mul(y, toFloat(less(0, parameters[operator.observedMask])));
  // Broadcasting would hide an operator that states the wrong shape.
  const forwardTo = ({ shape }: NDArray, x: NDArray, parameters: TracedParameters): NDArray => {
    const clean = operator.forward(x, parameters);
    requireTraced(clean, `${operator.name}: forward`);
    if (clean.shape.join() !== shape.join())
      throw new ShapeError(
        `${operator.name}: forward gives [${clean.shape.join(", ")}], y is [${shape.join(", ")}]: make observationShape give the shape of forward's result`,
      );
    return clean;
  };
  return {
    operator,
    sigma,
    drawNoise: noise.drawNoise,
    predict: (x, parameters) => masked(operator.forward(x, parameters), parameters),
    observe: (x, eps, parameters) => masked(add(forwardTo(eps, x, parameters), mul(eps, sigma)), parameters),
    logLikelihood: (y, x, parameters) => {
      const residual = mul(sub(y, forwardTo(y, x, parameters)), 1 / sigma);
      return sumPerSample(masked(noise.logDensity(residual), parameters));
    },
  };
}

/**
 * The number of observed entries of y, for each sample.
 *
 * @example
 * const { problem, parameters } = observation;
 * const counts = observedCounts(problem.observation.operator, images.shape[0], [1, 28, 28], parameters);
 */
export function observedCounts(
  operator: ForwardOperator,
  count: number,
  shape: SampleShape,
  parameters: OperatorParameters,
): number[] {
  const total = operator.observationShape(shape).reduce((product, length) => product * length, 1);
  if (operator.observedMask === undefined) return new Array<number>(count).fill(total);
  const { data } = parameters[operator.observedMask];
  const size = data.length / count;
  // Each entry of the mask covers the same number of entries of y (the channels).
  return Array.from({ length: count }, (_, i) => {
    let kept = 0;
    for (const value of data.subarray(i * size, (i + 1) * size)) kept += value > 0 ? 1 : 0;
    return (kept * total) / size;
  });
}
