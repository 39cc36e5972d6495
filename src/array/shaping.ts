import { numpy as np } from "@jax-js/jax";
import { InputError, ShapeError } from "../errors.js";
import { aList, checkArgument, integerFrom, pairOf, positiveInteger, shown } from "../options.js";
import { axisOf, checkAxes, checkShape, checkTraced, shapeText } from "./checks.js";
import { arraysInCommonType, elementTypeOf } from "./element-types.js";
import { sizeOf } from "./host.js";
import { borrow, owned } from "./native.js";
import { type NDArray } from "./ndarray.js";

/**
 * The same elements in another shape; one length may be -1, and is then inferred.
 *
 * @throws InputError if x is no array, ShapeError if its elements do not fill the shape
 * @example
 * const flat = reshape(x, [x.shape[0], -1]); // [8, 784]
 */
export function reshape(x: NDArray, shape: number[]): NDArray {
  checkTraced("reshape", "x", x);
  const given = Array.isArray(shape) ? shape.map((length) => (length === -1 ? 1 : length)) : shape;
  checkShape("reshape", given);
  const known = sizeOf(given);
  const open = shape.filter((length) => length === -1).length;
  if (open > 1 || (open === 0 ? known !== x.size : x.size % known !== 0 || known === 0))
    throw new ShapeError(`reshape: ${shapeText(x.shape)} has ${x.size} values, they do not make ${shapeText(shape)}`);
  return owned(np.reshape(borrow(x), shape));
}

/**
 * The axes in another order. Default: reversed.
 *
 * @throws InputError if x is no array, ShapeError if `order` does not name every axis once
 * @example
 * const channelsLast = transpose(x, [0, 2, 3, 1]); // [8, 28, 28, 1]
 */
export function transpose(x: NDArray, order?: number[]): NDArray {
  checkTraced("transpose", "x", x);
  if (order !== undefined) {
    checkAxes("transpose", x, order);
    if (order.length !== x.ndim)
      throw new ShapeError(`transpose: ${shown(order)} is not an order of the ${x.ndim} axes of ${shapeText(x.shape)}`);
  }
  return owned(np.transpose(borrow(x), order));
}

/**
 * x repeated to `shape` by NumPy's broadcasting rules.
 *
 * @throws InputError if x is no array, ShapeError if it does not broadcast to the shape
 * @example
 * const colour = broadcastTo(x, [8, 3, 28, 28]);
 */
export function broadcastTo(x: NDArray, shape: number[]): NDArray {
  checkTraced("broadcastTo", "x", x);
  checkShape("broadcastTo", shape);
  const fits = x.shape.every((length, i) => length === 1 || length === shape.at(i - x.ndim));
  if (x.ndim > shape.length || !fits)
    throw new ShapeError(`broadcastTo: ${shapeText(x.shape)} does not broadcast to ${shapeText(shape)}`);
  return owned(np.broadcastTo(borrow(x), shape));
}

/**
 * Arrays joined along an existing axis, in the widest of their element types.
 *
 * @throws InputError if an argument is no array, ShapeError if there are no arrays, the axis does not exist, or
 *   another axis differs
 * @example
 * const both = concatenate([x, y], 1); // [8, 2, 28, 28]
 */
export function concatenate(xs: NDArray[], axis = 0): NDArray {
  checkJoined("concatenate", xs);
  const along = axisOf("concatenate", xs[0], axis);
  const rest = ({ shape }: NDArray): string => shape.toSpliced(along, 1).join();
  if (xs.some((x) => x.ndim !== xs[0].ndim || rest(x) !== rest(xs[0])))
    throw new ShapeError(
      `concatenate: ${xs.map((x) => shapeText(x.shape)).join(" and ")} differ in more than axis ${along}`,
    );
  return owned(np.concatenate(arraysInCommonType("concatenate", xs), axis));
}

/**
 * Arrays joined along a new axis, in the widest of their element types.
 *
 * @throws InputError if an argument is no array, ShapeError if there are no arrays, their shapes differ, or there is
 *   no place `axis`
 * @example
 * const pair = stack([x, y]); // [2, 8, 1, 28, 28]
 */
export function stack(xs: NDArray[], axis = 0): NDArray {
  checkJoined("stack", xs);
  if (!Number.isInteger(axis) || axis < -xs[0].ndim - 1 || axis > xs[0].ndim)
    throw new ShapeError(`stack: the new axis cannot be axis ${shown(axis)} of arrays ${shapeText(xs[0].shape)}`);
  if (xs.some((x) => x.shape.join() !== xs[0].shape.join()))
    throw new ShapeError(`stack: ${xs.map((x) => shapeText(x.shape)).join(" and ")} do not have the same shape`);
  return owned(np.stack(arraysInCommonType("stack", xs), axis));
}

function checkJoined(of: string, xs: readonly NDArray[]): void {
  checkArgument(of, "the arrays", xs, aList);
  if (xs.length === 0) throw new ShapeError(`${of}: there are no arrays, give one or more`);
  xs.forEach((x, i) => checkTraced(of, `array ${i}`, x));
}

/**
 * The part [start, stop) of one axis, of at least one element.
 *
 * @throws InputError if x is no array, ShapeError if the axis or the part does not exist, or the part is empty
 * @example
 * const top = sliceAxis(x, 2, 0, 14); // [8, 1, 14, 28]
 */
export function sliceAxis(x: NDArray, axis: number, start: number, stop: number): NDArray {
  checkTraced("sliceAxis", "x", x);
  const along = axisOf("sliceAxis", x, axis);
  const whole = Number.isInteger(start) && Number.isInteger(stop);
  if (whole && start === stop)
    throw new ShapeError(`sliceAxis: ${start} to ${stop} is empty: an array has at least one element`);
  if (!whole || start < 0 || start > stop || stop > x.shape[along])
    throw new ShapeError(
      `sliceAxis: ${shown(start)} to ${shown(stop)} does not lie within axis ${along} of ${shapeText(x.shape)}`,
    );
  const index = x.shape.map((length, i): [number, number] => (i === along ? [start, stop] : [0, length]));
  return owned(borrow(x).slice(...index));
}

/**
 * Cuts x into equal parts along one axis.
 *
 * @throws InputError if x is no array or `parts` is not a positive integer, ShapeError if the axis does not exist or
 *   is not divisible
 * @example
 * const [mean, logSigma] = splitAxis(embedding, 2, 1); // two arrays [B, D / 2]
 */
export function splitAxis(x: NDArray, parts: number, axis: number): NDArray[] {
  checkTraced("splitAxis", "x", x);
  checkArgument("splitAxis", "parts", parts, positiveInteger);
  const length = x.shape[axisOf("splitAxis", x, axis)] / parts;
  if (!Number.isInteger(length))
    throw new ShapeError(`splitAxis: axis ${axis} of ${shapeText(x.shape)} cannot be cut into ${parts} equal parts`);
  return Array.from({ length: parts }, (_, i) => sliceAxis(x, axis, i * length, (i + 1) * length));
}

/**
 * Adds zeros around x: `widths[i]` = [before, after] on axis i.
 *
 * @throws InputError if x is no array or a width is not a non-negative integer, ShapeError unless there are two widths
 *   for each axis
 * @example
 * const framed = pad(x, [[0, 0], [0, 0], [2, 2], [2, 2]]); // [8, 1, 32, 32]
 */
export function pad(x: NDArray, widths: [number, number][]): NDArray {
  checkTraced("pad", "x", x);
  checkArgument("pad", "widths", widths, aList);
  widths.forEach((width) => checkArgument("pad", "a width", width, pairOf(integerFrom(0))));
  if (widths.length !== x.ndim)
    throw new ShapeError(
      `pad: ${widths.length} widths for the ${x.ndim} axes of ${shapeText(x.shape)}, give one for each axis`,
    );
  return owned(np.pad(borrow(x), widths));
}

/**
 * Reverses the order of elements along `axes`.
 *
 * @throws InputError if x is no array, ShapeError if an axis does not exist or is named twice
 * @example
 * const mirrored = flip(x, 3);
 */
export function flip(x: NDArray, axes: number | number[]): NDArray {
  checkTraced("flip", "x", x);
  checkAxes("flip", x, axes);
  return owned(np.flip(borrow(x), axes));
}

/**
 * Looks up rows of x along one axis: x [.., N, ..], indices int32 [M] -> [.., M, ..], 0 <= index < N. The indices are
 * not checked: at another index the onnx engine fails, or counts from the end if it is negative, and the jax engine
 * gives any number.
 *
 * @throws InputError if an argument is no array or the indices are not int32, ShapeError if the axis does not exist
 * @example
 * const rows = take(weight, labels); // the weights' row of each label
 */
export function take(x: NDArray, indices: NDArray, axis = 0): NDArray {
  checkTraced("take", "x", x);
  checkTraced("take", "indices", indices);
  axisOf("take", x, axis);
  const type = elementTypeOf(indices);
  if (type !== np.int32) throw new InputError(`take: the indices are ${type}, they have to be int32`);
  return owned(np.take(borrow(x), borrow(indices), axis));
}

/**
 * A scalar for each sample, reshaped to broadcast against an array.
 *
 * @param x [B]
 * @param like [B, ...]
 * @returns [B, 1, ..., 1], with as many axes as `like`
 * @throws InputError if an argument is no array, ShapeError if x is not [B]
 * @example
 * const scaled = mul(x, perSample(t, x)); // every sample times its own t
 */
export function perSample(x: NDArray, like: NDArray): NDArray {
  checkTraced("perSample", "x", x);
  checkTraced("perSample", "like", like);
  if (x.ndim !== 1) throw new ShapeError(`perSample: x is ${shapeText(x.shape)}, give one number a sample, [B]`);
  return reshape(x, [x.shape[0], ...like.shape.slice(1).map(() => 1)]);
}
