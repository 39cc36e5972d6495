import { concatenate, constant, cos, hostArray, mul, type NDArray, reshape, sin } from "../array/index.js";

/**
 * Sinusoidal features of a time: [cos(w_i t), sin(w_i t)], w_i = maximumPeriod^(-i / (size / 2)), cosines first.
 * t: [B] -> [B, size]; `size` is even.
 *
 * @example
 * const features = timeFeatures(t, 128); // [B, 128]
 */
export function timeFeatures(t: NDArray, size: number, maximumPeriod = 10_000): NDArray {
  const half = size / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(maximumPeriod) * i) / half));
  const angles = mul(reshape(t, [-1, 1]), constant(hostArray(frequencies, [1, half])));
  return concatenate([cos(angles), sin(angles)], 1);
}
