import {
  add,
  div,
  hostFull,
  hostZeros,
  mean,
  mul,
  type NDArray,
  reciprocal,
  reshape,
  sqrt,
  square,
  sub,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";

/** Gain and offset of each channel, [channels]; both learned. */
export type NormalisationParameters = { weight: NDArray; bias: NDArray };

/** Gains 1, offsets 0. */
export function initialiseNormalisation(channels: number): Hosted<NormalisationParameters> {
  return { weight: hostFull([channels], 1), bias: hostZeros([channels]) };
}

const inverseDeviation = (centred: NDArray, axes: number, epsilon: number): NDArray =>
  reciprocal(sqrt(add(mean(square(centred), axes, true), epsilon)));

/**
 * Layer normalisation along the last axis: (x - mean) / sqrt(variance + epsilon), then gain and offset if given.
 * x: [..., D] -> [..., D].
 */
export function layerNorm(x: NDArray, parameters?: NormalisationParameters, epsilon = 1e-6): NDArray {
  const centred = sub(x, mean(x, -1, true));
  const normalised = mul(centred, inverseDeviation(centred, -1, epsilon));
  return parameters === undefined ? normalised : add(mul(normalised, parameters.weight), parameters.bias);
}

/**
 * Group normalisation: mean and variance over the pixels and channels of each group, then gain and offset.
 *
 * x: [B, C, H, W] -> [B, C, H, W]; `groups` divides C. Gain and offset (`weight`, `bias`) are [C], or [B, C] where they
 * come from an embedding (adaptive group normalisation).
 */
export function groupNorm(
  { weight, bias }: NormalisationParameters,
  x: NDArray,
  groups: number,
  epsilon = 1e-5,
): NDArray {
  const [batch, channels] = x.shape;
  const perChannel = (value: NDArray): NDArray => reshape(value, [-1, channels, 1, 1]);
  const grouped = reshape(x, [batch, groups, -1]);
  const centred = sub(grouped, mean(grouped, -1, true));
  // The gain is multiplied into the small array of deviations: one pass over the image less.
  const gain = mul(inverseDeviation(centred, -1, epsilon), reshape(weight, [-1, groups, channels / groups]));
  return add(mul(reshape(centred, x.shape), perChannel(gain)), perChannel(bias));
}

/** Root-mean-square normalisation along the last axis, x / sqrt(mean(x^2) + epsilon) * scale. scale: [D]. */
export function rootMeanSquareNorm(x: NDArray, scale: NDArray, epsilon = 1e-6): NDArray {
  return mul(div(x, sqrt(add(mean(square(x), -1, true), epsilon))), scale);
}
