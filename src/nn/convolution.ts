import { add, convolve, type ConvolutionOptions, type NDArray, type RandomSource, reshape } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { InputError } from "../errors.js";
import { anyValue, checkOptions, positiveInteger } from "../options.js";
import { checkDraw, checkLayer } from "./checks.js";
import { type Initialiser, uniformByFanIn } from "./initialise.js";

/** weight: [outputs, inputs, size, size], bias: [outputs]. */
export type ConvolutionParameters = { weight: NDArray; bias: NDArray };

/**
 * Initial parameters of a convolution with a square kernel.
 *
 * @throws InputError if a size is not a positive integer
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
  checkDraw("initialiseConvolution", random, { inputs, outputs, size }, initialiser);
  return initialiser(random, [outputs, inputs, size, size]);
}

/**
 * Convolution with bias. Without `padding` it is padded with zeros so that an odd kernel at stride 1 keeps the image's
 * size.
 * x: [B, inputs, H, W] -> [B, outputs, H', W'].
 *
 * @throws InputError if an argument is no array, the shapes do not fit, or an option is wrong
 * @example
 * const layer = await compile(convolution, [initialiseConvolution(random, 1, 32, 3), images]);
 * const features = await layer.run(initialiseConvolution(random, 1, 32, 3), images); // [N, 32, 28, 28]
 */
export function convolution(
  parameters: ConvolutionParameters,
  x: NDArray,
  options: Pick<ConvolutionOptions, "stride" | "padding"> = {},
): NDArray {
  const axes = { weight: ["outputs", "inputs", "rows", "columns"], bias: ["outputs"] };
  checkLayer("convolution", parameters, axes, { x: [x, ["B", "inputs", "H", "W"]] });
  // The padding is checked by the array function.
  checkOptions("convolution", options, { stride: positiveInteger, padding: anyValue });
  const { weight, bias } = parameters;
  const { stride = 1, padding = keepingSize(weight.shape.slice(2)) } = options;
  return add(convolve(x, weight, { stride, padding }), reshape(bias, [-1, 1, 1]));
}

/** The zeros before and after each axis with which a kernel of these lengths keeps an image's size. */
function keepingSize(kernel: readonly number[]): [number, number][] {
  if (kernel.some((length) => length % 2 === 0))
    throw new InputError(
      `convolution: no padding keeps the image's size with a kernel of [${kernel.join(", ")}]: give padding`,
    );
  return kernel.map((length) => [(length - 1) / 2, (length - 1) / 2]);
}
