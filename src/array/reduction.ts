import { numpy as np } from "@jax-js/jax";
import { borrow, owned } from "./native.js";
import { type NDArray } from "./ndarray.js";
import { sub, square, stopGradient, exp, log, add, div } from "./elementwise.js";

/** The axes to reduce over; null for all. */
export type Axes = number | number[] | null;

/** Sum over `axes`. */
export function sum(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  return owned(np.sum(borrow(x), axes, { keepdims: keepDims }));
}

/** Mean over `axes`. */
export function mean(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  return owned(np.mean(borrow(x), axes, { keepdims: keepDims }));
}

/** Maximum over `axes`. */
export function max(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  return owned(np.max(borrow(x), axes, { keepdims: keepDims }));
}

/** Biased variance over `axes`: mean((x - mean(x))^2). */
export function variance(x: NDArray, axes: Axes = null, keepDims = false): NDArray {
  return mean(square(sub(x, mean(x, axes, true))), axes, keepDims);
}

/** The sum over every axis but the first: one number a sample. x: [B, ...] -> [B]. */
export function sumPerSample(x: NDArray): NDArray {
  return x.ndim === 1 ? x : sum(x, otherAxes(x));
}

/** The mean over every axis but the first: one number a sample. x: [B, ...] -> [B]. */
export function meanPerSample(x: NDArray): NDArray {
  return x.ndim === 1 ? x : mean(x, otherAxes(x));
}

function otherAxes(x: NDArray): number[] {
  return x.shape.slice(1).map((_, axis) => axis + 1);
}

/** Softmax along one axis, shifted by its maximum so that it cannot overflow. */
export function softmax(x: NDArray, axis = -1): NDArray {
  const exponentials = exp(sub(x, stopGradient(max(x, axis, true))));
  return div(exponentials, sum(exponentials, axis, true));
}

/** log(sum(exp(x))) along one axis, shifted by its maximum so that it cannot overflow. */
export function logSumExp(x: NDArray, axis = -1, keepDims = false): NDArray {
  const shift = stopGradient(max(x, axis, true));
  const total = add(log(sum(exp(sub(x, shift)), axis, true)), shift);
  return keepDims ? total : sum(total, axis);
}
