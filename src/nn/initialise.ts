import { hostZeros, type HostArray, type RandomSource, sizeOf } from "../array/index.js";

/**
 * A rule for the first weight and bias of a linear layer or convolution.
 * `shape` is the weight's shape, [outputs, inputs, ...kernel]; the bias has shape [outputs].
 */
export type Initialiser = (random: RandomSource, shape: readonly number[]) => { weight: HostArray; bias: HostArray };

const uniform = (random: RandomSource, shape: readonly number[], bound: number): HostArray => {
  const { data } = random.uniformArray(shape);
  return { shape: [...shape], data: Float32Array.from(data, (value) => (2 * value - 1) * bound) };
};

const fanIn = (shape: readonly number[]): number => sizeOf(shape.slice(1));

/**
 * Weights and biases uniform in +-1 / sqrt(fan-in), the default of the common deep-learning libraries.
 *
 * @example
 * const { weight, bias } = uniformByFanIn(random, [64, 2]); // in +-1 / sqrt(2)
 */
export const uniformByFanIn: Initialiser = (random, shape) => {
  const bound = 1 / Math.sqrt(fanIn(shape));
  return { weight: uniform(random, shape, bound), bias: uniform(random, [shape[0]], bound) };
};

/**
 * Weights uniform in +-sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010), biases zero.
 *
 * @example
 * const { weight } = initialiseLinear(random, 2, 64, xavierUniform); // in +-sqrt(6 / 66)
 */
export const xavierUniform: Initialiser = (random, shape) => ({
  weight: uniform(random, shape, Math.sqrt(6 / (fanIn(shape) + shape[0]))),
  bias: hostZeros([shape[0]]),
});

/**
 * Weights and biases zero: the layer starts as the constant 0.
 *
 * @example
 * const head = initialiseLinear(random, 64, 2, zeroInitialiser); // its output starts as 0
 */
export const zeroInitialiser: Initialiser = (_random, shape) => ({
  weight: hostZeros(shape),
  bias: hostZeros([shape[0]]),
});

/**
 * Normal weights of the given standard deviation, biases zero.
 *
 * @example
 * const { weight, bias } = initialiseLinear(random, 2, 64, normalInitialiser(0.02));
 */
export function normalInitialiser(deviation: number): Initialiser {
  return (random, shape) => ({ weight: normalWeights(random, shape, deviation), bias: hostZeros([shape[0]]) });
}

/**
 * Independent normal values of the given standard deviation.
 *
 * @example
 * const table = normalWeights(random, [10, 64], 0.02); // [10, 64]
 */
export function normalWeights(random: RandomSource, shape: readonly number[], deviation: number): HostArray {
  const { data } = random.normalArray(shape);
  return { shape: [...shape], data: Float32Array.from(data, (value) => value * deviation) };
}
