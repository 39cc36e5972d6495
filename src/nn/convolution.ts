import { add, convolve, type ConvolutionOptions, type NDArray, type RandomSource, reshape } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { type Initialiser, uniformByFanIn } from "./initialise.js";

/** weight: [outputs, inputs, size, size], bias: [outputs]. */
export type ConvolutionParameters = { weight: NDArray; bias: NDArray };

/**
 * First parameters of a convolution with a square kernel.
 *
 * @example
 * const { weight, bias } = initialiseConvolution(random, 1, 32, 3); // [32, 1, 3, 3], [32]
 */
export function initialiseConvolution(
  random: RandomSource,
  inputs: number,
  outputs: number,
  size: number,
  initialiser: Initialiser = uniformByFanIn,
): Hosted<ConvolutionParameters> {
  return initialiser(random, [outputs, inputs, size, size]);
}

/**
 * Convolution with bias, padded by zeros so that an odd kernel at stride 1 keeps the image's size.
 * x: [B, inputs, H, W] -> [B, outputs, H', W'].
 *
 * @example
 * const layer = await compile(convolution, [initialiseConvolution(random, 1, 32, 3), images]);
 * const features = await layer.run(initialiseConvolution(random, 1, 32, 3), images); // [N, 32, 28, 28]
 */
export function convolution(
  { weight, bias }: ConvolutionParameters,
  x: NDArray,
  options: Pick<ConvolutionOptions, "stride" | "padding"> = {},
): NDArray {
  const { stride = 1, padding = (weight.shape[2] - 1) / 2 } = options;
  return add(convolve(x, weight, { stride, padding }), reshape(bias, [-1, 1, 1]));
}
