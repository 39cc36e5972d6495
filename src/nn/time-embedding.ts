import { checkShapes, concatenate, constant, cos, hostArray, mul, type NDArray, reshape, sin } from "../array/index.js";
import { checkArgument, positiveNumber } from "../options.js";

const evenSize = {
  wanted: "an even integer, 2 or more",
  accepts: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 2 && Number(value) % 2 === 0,
};

/**
 * Sinusoidal features of a time: [cos(w_i t), sin(w_i t)], w_i = maximumPeriod^(-i / (size / 2)), cosines first.
 * t: [B] -> [B, size]; `size` is even.
 *
 * @throws InputError if t is no array [B], `size` is not even, or the period is not a positive number
 * @example
 * const features = timeFeatures(t, 128); // [B, 128]
 */
export function timeFeatures(t: NDArray, size: number, maximumPeriod = 10_000): NDArray {
  checkShapes("timeFeatures", { t: [t, ["B"]] });
  checkArgument("timeFeatures", "size", size, evenSize);
  checkArgument("timeFeatures", "maximumPeriod", maximumPeriod, positiveNumber());
  const half = size / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(maximumPeriod) * i) / half));
  const angles = mul(reshape(t, [-1, 1]), constant(hostArray(frequencies, [1, half])));
  return concatenate([cos(angles), sin(angles)], 1);
}
