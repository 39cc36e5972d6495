import {
  add,
  checkShapes,
  div,
  hostFull,
  hostZeros,
  maximum,
  mean,
  mul,
  type NDArray,
  neg,
  reciprocal,
  reshape,
  sqrt,
  square,
  sub,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { checkArgument, numberFrom, positiveInteger } from "../options.js";
import { checkLayer, checkMultiples } from "./checks.js";

/** Gain and offset of each channel, [channels]; both are learnt. */
export type NormalisationParameters = { weight: NDArray; bias: NDArray };

/**
 * Initial parameters of a normalisation: gains 1, offsets 0.
 *
 * @throws InputError if the number of channels is not a positive integer
 * @example
 * const { weight, bias } = initialiseNormalisation(64); // 64 ones, 64 zeros
 */
export function initialiseNormalisation(channels: number): Hosted<NormalisationParameters> {
  checkArgument("initialiseNormalisation", "channels", channels, positiveInteger);
  return { weight: hostFull([channels], 1), bias: hostZeros([channels]) };
}

const inverseDeviation = (centred: NDArray, axes: number, epsilon: number): NDArray =>
  reciprocal(sqrt(add(mean(square(centred), axes, true), epsilon)));

/**
 * Layer normalisation along the last axis: (x - mean) / sqrt(variance + epsilon), then gain and offset if given.
 * x: [..., D] -> [..., D].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const normalised = layerNorm(tokens, { weight, bias });
 */
export function layerNorm(x: NDArray, parameters?: NormalisationParameters, epsilon = 1e-6): NDArray {
  checkShapes("layerNorm", { x: [x, ["...", "D"]] });
  checkArgument("layerNorm", "epsilon", epsilon, numberFrom(0));
  if (parameters !== undefined)
    checkLayer("layerNorm", parameters, { weight: ["D"], bias: ["D"] }, { x: [x, ["...", "D"]] });
  const centred = sub(x, mean(x, -1, true));
  const normalised = mul(centred, inverseDeviation(centred, -1, epsilon));
  return parameters === undefined ? normalised : add(mul(normalised, parameters.weight), parameters.bias);
}

/**
 * Group normalisation: mean and variance over the pixels and channels of each group, then gain and offset.
 *
 * It is computed as one gain and one offset for each channel, x * gain + offset, so that images are read and written as
 * seldom as possible. The variance is E[x^2] - E[x]^2, clamped at 0 against rounding.
 *
 * x: [B, C, H, W] -> [B, C, H, W]; `groups` divides C. Gain and offset (`weight`, `bias`) are [C], or [B, C] where they
 * come from an embedding (adaptive group normalisation).
 *
 * @throws InputError if an argument is no array, the shapes do not fit, or `groups` does not divide C
 * @example
 * const hidden = silu(groupNorm({ weight, bias }, x, 8));
 */
export function groupNorm(parameters: NormalisationParameters, x: NDArray, groups: number, epsilon = 1e-5): NDArray {
  const ownGains = parameters?.weight?.ndim === 2 ? ["B", "C"] : ["C"];
  checkLayer("groupNorm", parameters, { weight: ownGains, bias: ownGains }, { x: [x, ["B", "C", "H", "W"]] });
  checkArgument("groupNorm", "epsilon", epsilon, numberFrom(0));
  const { weight, bias } = parameters;
  const [batch, channels] = x.shape;
  checkMultiples("groupNorm", "groups", groups, { C: channels });
  const grouped = reshape(x, [batch, groups, -1]);
  const average = mean(grouped, -1, true);
  // In this order the gradient's two equal terms of the square are added to each other first: one pass less over the image.
  const variance = maximum(add(neg(square(average)), mean(square(grouped), -1, true)), 0);
  const perGroup = (value: NDArray): NDArray => reshape(value, [-1, groups, channels / groups]);
  const gain = mul(reciprocal(sqrt(add(variance, epsilon))), perGroup(weight));
  const offset = sub(perGroup(bias), mul(average, gain));
  const perChannel = (value: NDArray): NDArray => reshape(value, [batch, channels, 1, 1]);
  return add(mul(x, perChannel(gain)), perChannel(offset));
}

/**
 * Root-mean-square normalisation along the last axis, x / sqrt(mean(x^2) + epsilon) * scale. scale: [D].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const normalised = rootMeanSquareNorm(tokens, weight);
 */
export function rootMeanSquareNorm(x: NDArray, scale: NDArray, epsilon = 1e-6): NDArray {
  checkShapes("rootMeanSquareNorm", { x: [x, ["...", "D"]], scale: [scale, ["D"]] });
  checkArgument("rootMeanSquareNorm", "epsilon", epsilon, numberFrom(0));
  return mul(div(x, sqrt(add(mean(square(x), -1, true), epsilon))), scale);
}
