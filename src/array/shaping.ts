import { numpy as np } from "@jax-js/jax";
import { borrow, type Native, owned } from "./native.js";
import { type NDArray } from "./ndarray.js";

/**
 * The same elements in another shape; one length may be -1.
 *
 * @example
 * const flat = reshape(x, [x.shape[0], -1]); // [8, 784]
 */
export function reshape(x: NDArray, shape: number[]): NDArray {
  return owned(np.reshape(borrow(x), shape));
}

/**
 * The axes in another order (reversed if no order is given).
 *
 * @example
 * const channelsLast = transpose(x, [0, 2, 3, 1]); // [8, 28, 28, 1]
 */
export function transpose(x: NDArray, order?: number[]): NDArray {
  return owned(np.transpose(borrow(x), order));
}

/**
 * x repeated to `shape` by NumPy's broadcasting rules.
 *
 * @example
 * const colour = broadcastTo(x, [8, 3, 28, 28]);
 */
export function broadcastTo(x: NDArray, shape: number[]): NDArray {
  return owned(np.broadcastTo(borrow(x), shape));
}

/**
 * Arrays joined along an existing axis.
 *
 * @example
 * const both = concatenate([x, y], 1); // [8, 2, 28, 28]
 */
export function concatenate(xs: NDArray[], axis = 0): NDArray {
  return owned(np.concatenate(xs.map(borrowed), axis));
}

/**
 * Arrays joined along a new axis.
 *
 * @example
 * const pair = stack([x, y]); // [2, 8, 1, 28, 28]
 */
export function stack(xs: NDArray[], axis = 0): NDArray {
  return owned(np.stack(xs.map(borrowed), axis));
}

const borrowed = (x: NDArray): Native => borrow(x);

/**
 * The part [start, stop) of one axis.
 *
 * @example
 * const top = sliceAxis(x, 2, 0, 14); // [8, 1, 14, 28]
 */
export function sliceAxis(x: NDArray, axis: number, start: number, stop: number): NDArray {
  const index = x.shape.map((length, i): [number, number] =>
    i === (axis + x.ndim) % x.ndim ? [start, stop] : [0, length],
  );
  return owned(borrow(x).slice(...index));
}

/**
 * x cut into equal parts along one axis.
 *
 * @example
 * const [mean, logSigma] = splitAxis(embedding, 2, 1); // two arrays [B, D / 2]
 */
export function splitAxis(x: NDArray, parts: number, axis: number): NDArray[] {
  const length = x.shape[(axis + x.ndim) % x.ndim] / parts;
  return Array.from({ length: parts }, (_, i) => sliceAxis(x, axis, i * length, (i + 1) * length));
}

/**
 * Zeros added around x: `widths[i]` = [before, after] on axis i.
 *
 * @example
 * const framed = pad(x, [[0, 0], [0, 0], [2, 2], [2, 2]]); // [8, 1, 32, 32]
 */
export function pad(x: NDArray, widths: [number, number][]): NDArray {
  return owned(np.pad(borrow(x), widths));
}

/**
 * The order of elements reversed along `axes`.
 *
 * @example
 * const mirrored = flip(x, 3);
 */
export function flip(x: NDArray, axes: number | number[]): NDArray {
  return owned(np.flip(borrow(x), axes));
}

/**
 * Rows of x looked up along one axis: x [.., N, ..], indices int32 [M] -> [.., M, ..].
 *
 * @example
 * const rows = take(weight, labels); // the weights' row of each label
 */
export function take(x: NDArray, indices: NDArray, axis = 0): NDArray {
  return owned(np.take(borrow(x), borrow(indices), axis));
}

/**
 * A scalar for each sample, shaped to broadcast against an array.
 *
 * @param x [B]
 * @param like [B, ...]
 * @returns [B, 1, ..., 1], as many axes as `like` has
 * @example
 * const scaled = mul(x, perSample(t, x)); // every sample times its own t
 */
export function perSample(x: NDArray, like: NDArray): NDArray {
  return reshape(x, [x.shape[0], ...like.shape.slice(1).map(() => 1)]);
}
