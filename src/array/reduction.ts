import { numpy as np } from "@jax-js/jax";
import { arraysInCommonType } from "./element-types.js";
import { borrow, owned } from "./native.js";
import { checkAxes, checkTraced } from "./checks.js";
import { type NDArray } from "./ndarray.js";
import { sub, square, stopGradient, exp, log, add, div } from "./elementwise.js";

/** The axes to reduce over; null for all. */
export type Axes = number | number[] | null;

/**
 * Sum over `axes`; of true and false, the number of true ones.
 *
 * @throws InputError if x is no array, ShapeError if an axis does not exist or is named twice
 * @example
 * const total = sum(x); // a scalar
 * const columns = sum(x, [2], true); // [8, 1, 1, 28]
 */
export function sum(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  checkReduction("sum", x, axes);
  const [numbers] = arraysInCommonType("sum", [x], np.int32);
  return owned(np.sum(numbers, axes, { keepdims: keepDims }));
}

/**
 * Mean over `axes`.
 *
 * @throws InputError if x is no array, ShapeError if an axis does not exist or is named twice
 * @example
 * const perChannel = mean(x, [0, 2, 3]); // [1]
 */
export function mean(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  checkReduction("mean", x, axes);
  return owned(np.mean(borrow(x), axes, { keepdims: keepDims }));
}

/**
 * Maximum over `axes`.
 *
 * @throws InputError if x is no array, ShapeError if an axis does not exist or is named twice
 * @example
 * const brightest = max(x, [1, 2, 3]); // [8]
 */
export function max(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  checkReduction("max", x, axes);
  return owned(np.max(borrow(x), axes, { keepdims: keepDims }));
}

/**
 * Biased variance over `axes`: mean((x - mean(x))^2).
 *
 * @throws InputError if x is no array, ShapeError if an axis does not exist or is named twice
 * @example
 * const contrast = variance(x, [2, 3], true); // [8, 1, 1, 1]
 */
export function variance(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  checkReduction("variance", x, axes);
  return mean(square(sub(x, mean(x, axes, true))), axes, keepDims);
}

/**
 * The sum over all axes except the first: one number for each sample. x: [B, ...] -> [B].
 *
 * @throws InputError if x is no array
 * @example
 * const misfit = sumPerSample(square(sub(y, x))); // [8]
 */
export function sumPerSample(x: NDArray): NDArray {
  checkTraced("sumPerSample", "x", x);
  return x.ndim === 1 ? x : sum(x, otherAxes(x));
}

/**
 * The mean over all axes except the first: one number for each sample. x: [B, ...] -> [B].
 *
 * @throws InputError if x is no array
 * @example
 * const brightness = meanPerSample(x); // [8]
 */
export function meanPerSample(x: NDArray): NDArray {
  checkTraced("meanPerSample", "x", x);
  return x.ndim === 1 ? x : mean(x, otherAxes(x));
}

function checkReduction(of: string, x: NDArray, axes: Axes): void {
  checkTraced(of, "x", x);
  checkAxes(of, x, axes);
}

function otherAxes(x: NDArray): number[] {
  return x.shape.slice(1).map((_, axis) => axis + 1);
}

/**
 * Softmax along one axis, shifted by its maximum so that it cannot overflow.
 *
 * @throws InputError if x is no array, ShapeError if the axis does not exist
 * @example
 * const weights = softmax(matmul(tokens, transpose(tokens, [0, 2, 1]))); // every row adds up to 1
 */
export function softmax(x: NDArray, axis = -1): NDArray {
  checkReduction("softmax", x, axis);
  const exponentials = exp(sub(x, stopGradient(max(x, axis, true))));
  return div(exponentials, sum(exponentials, axis, true));
}

/**
 * log(sum(exp(x))) along one axis, shifted by its maximum so that it cannot overflow.
 *
 * @throws InputError if x is no array, ShapeError if the axis does not exist
 * @example
 * const normaliser = logSumExp(embedding); // [B, D] -> [B]
 */
export function logSumExp(x: NDArray, axis = -1, keepDims = false): NDArray {
  checkReduction("logSumExp", x, axis);
  const shift = stopGradient(max(x, axis, true));
  const total = add(log(sum(exp(sub(x, shift)), axis, true)), shift);
  return keepDims ? total : sum(total, axis);
}
