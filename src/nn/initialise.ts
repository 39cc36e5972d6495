import { hostZeros, type HostArray, type RandomSource, sizeOf } from "../array/index.js";
import { checkArgument, numberFrom, type OptionRule, positiveInteger } from "../options.js";
import { checkDraw } from "./checks.js";

/**
 * A rule for the initial weight and bias of a linear layer or convolution.
 * `shape` is the weight's shape, [outputs, inputs, ...kernel]; the bias has shape [outputs].
 */
export type Initialiser = (random: RandomSource, shape: readonly number[]) => { weight: HostArray; bias: HostArray };

const lengths = (least: number): OptionRule => ({
  wanted: `a list of ${least} or more lengths, each ${positiveInteger.wanted}`,
  accepts: (value) => Array.isArray(value) && value.length >= least && value.every(positiveInteger.accepts),
});

function checkWeight(of: string, random: RandomSource, shape: readonly number[], least = 2): void {
  checkDraw(of, random, {});
  checkArgument(of, "shape", shape, lengths(least));
}

const uniform = (random: RandomSource, shape: readonly number[], bound: number): HostArray => {
  const { data } = random.uniformArray(shape);
  return { shape: [...shape], data: Float32Array.from(data, (value) => (2 * value - 1) * bound) };
};

const fanIn = (shape: readonly number[]): number => sizeOf(shape.slice(1));

/**
 * Weights and biases uniform in +-1 / sqrt(fan-in), the default of common deep-learning libraries.
 *
 * @throws InputError if the shape is not a list of positive lengths
 * @example
 * const { weight, bias } = uniformByFanIn(random, [64, 2]); // in +-1 / sqrt(2)
 */
export const uniformByFanIn: Initialiser = (random, shape) => {
  checkWeight("uniformByFanIn", random, shape);
  const bound = 1 / Math.sqrt(fanIn(shape));
  return { weight: uniform(random, shape, bound), bias: uniform(random, [shape[0]], bound) };
};

/**
 * Weights uniform in +-sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio 2010), biases zero.
 *
 * @throws InputError if the shape is not a list of positive lengths
 * @example
 * const { weight } = initialiseLinear(random, 2, 64, xavierUniform); // in +-sqrt(6 / 66)
 */
export const xavierUniform: Initialiser = (random, shape) => {
  checkWeight("xavierUniform", random, shape);
  const bound = Math.sqrt(6 / (fanIn(shape) + shape[0]));
  return { weight: uniform(random, shape, bound), bias: hostZeros([shape[0]]) };
};

/**
 * Weights and biases zero: the layer starts as the constant 0.
 *
 * @throws InputError if the shape is not a list of positive lengths
 * @example
 * const head = initialiseLinear(random, 64, 2, zeroInitialiser); // its output starts as 0
 */
export const zeroInitialiser: Initialiser = (random, shape) => {
  checkWeight("zeroInitialiser", random, shape);
  return { weight: hostZeros(shape), bias: hostZeros([shape[0]]) };
};

/**
 * Normal weights of the given standard deviation, biases zero.
 *
 * @throws InputError if the deviation is not a non-negative number
 * @example
 * const { weight, bias } = initialiseLinear(random, 2, 64, normalInitialiser(0.02));
 */
export function normalInitialiser(deviation: number): Initialiser {
  checkArgument("normalInitialiser", "deviation", deviation, numberFrom(0));
  return (random, shape) => ({ weight: normalWeights(random, shape, deviation), bias: hostZeros([shape[0]]) });
}

/**
 * Independent normal values of the given standard deviation.
 *
 * @throws InputError if the shape is not a list of positive lengths, or the deviation is not a non-negative number
 * @example
 * const table = normalWeights(random, [10, 64], 0.02); // [10, 64]
 */
export function normalWeights(random: RandomSource, shape: readonly number[], deviation: number): HostArray {
  checkWeight("normalWeights", random, shape, 1);
  checkArgument("normalWeights", "deviation", deviation, numberFrom(0));
  const { data } = random.normalArray(shape);
  return { shape: [...shape], data: Float32Array.from(data, (value) => value * deviation) };
}
