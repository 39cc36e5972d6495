import {
  add,
  concatenate,
  constant,
  exp,
  hostArray,
  type HostArray,
  less,
  log,
  matmul,
  mul,
  type NDArray,
  neg,
  randomSource,
  reshape,
  silu,
  sub,
  sumPerSample,
  tanh,
  toFloat,
} from "../../src/array/index.js";
import { type AdapterNetwork, type FlowMapNetwork } from "../../src/models/index.js";
import { initialiseLinear, linear, type LinearParameters, oneHot } from "../../src/nn/index.js";
import { type ForwardOperator, type ObservationModel, operator } from "../../src/operators/index.js";
import { type DataSource, fromArrays } from "../../src/train/index.js";

// A user's own parts, for points in the plane: what `train` takes beside the library's.

type Layers = { first: LinearParameters; second: LinearParameters };

/** A flow map of two layers on [x, t, r]. */
export function plainMlp({ width = 16 }: { width?: number } = {}): FlowMapNetwork {
  return {
    shape: [2],
    initialise: (random) => ({
      first: initialiseLinear(random, 4, width),
      second: initialiseLinear(random, width, 2),
    }),
    apply: ({ first, second }: Layers, x, r, t) => {
      const times = [t, r].map((time) => reshape(time, [x.shape[0], 1]));
      return linear(second, silu(linear(first, concatenate([x, ...times], 1))));
    },
  };
}

/** A noise adapter of two layers on A^T y and the problem, of two problems at most. */
export function plainAdapter(): AdapterNetwork {
  return {
    shape: [2],
    problems: 2,
    initialise: (random) => ({ first: initialiseLinear(random, 4, 16), second: initialiseLinear(random, 16, 4) }),
    apply: ({ first, second }: Layers, aty, problem) => {
      const input = concatenate([aty, oneHot(problem, 2)], 1);
      const output = reshape(linear(second, tanh(linear(first, input))), [aty.shape[0], 2, 2]);
      const row = (weights: [number, number]): NDArray =>
        reshape(matmul(constant(hostArray(weights, [1, 2])), output), aty.shape);
      return { mean: row([1, 0]), logSigma: row([0, 1]) };
    },
  };
}

/** y = (x_1 + x_2 / 2, x_2); its adjoint by differentiation. */
export function mixing(): ForwardOperator {
  return operator({ name: "mixing", forward: (x) => matmul(x, constant(hostArray([1, 0, 0.5, 1], [2, 2]))) });
}

const largestCount = 24;

/** Counts y ~ Poisson(exp(1 + A x / 2)). */
export function counts(): ObservationModel {
  const mixed = mixing();
  const logRate = (x: NDArray): NDArray => add(mul(mixed.forward(x, {}), 0.5), 1);
  return {
    operator: mixed,
    sigma: 1,
    drawNoise: (shape, random) => random.uniformArray(shape),
    predict: (x) => exp(logRate(x)),
    // The number of values of the distribution function that a uniform number exceeds.
    observe: (x, uniform) => {
      const rate = exp(logRate(x));
      let term = exp(neg(rate));
      let below = term;
      let count = toFloat(less(below, uniform));
      for (let k = 1; k < largestCount; k++) {
        term = mul(term, mul(rate, 1 / k));
        below = add(below, term);
        count = add(count, toFloat(less(below, uniform)));
      }
      return count;
    },
    logLikelihood: (y, x) => sumPerSample(sub(mul(y, log(exp(logRate(x)))), exp(logRate(x)))),
  };
}

/** Points of N(0.5, 0.3^2) in both coordinates. */
export function pointsOfGaussian({ count = 200 }: { count?: number } = {}): DataSource {
  const { data, shape }: HostArray = randomSource(3, "own points").normalArray([count, 2]);
  return fromArrays(
    hostArray(
      Float32Array.from(data, (value) => 0.5 + 0.3 * value),
      shape,
    ),
  );
}
