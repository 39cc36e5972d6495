import { add, matmul, type NDArray, type RandomSource, reshape, transpose } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { checkDraw, checkLayer } from "./checks.js";
import { type Initialiser, uniformByFanIn } from "./initialise.js";

/** weight: [outputs, inputs], bias: [outputs]. */
export type LinearParameters = { weight: NDArray; bias: NDArray };

/**
 * Initial parameters of a linear layer.
 *
 * @throws InputError if a size is not a positive integer
 * @example
 * const { weight, bias } = initialiseLinear(random, 2, 64); // [64, 2], [64]
 */
export function initialiseLinear(
  random: RandomSource,
  inputs: number,
  outputs: number,
  initialiser: Initialiser = uniformByFanIn,
): Hosted<LinearParameters> {
  checkDraw("initialiseLinear", random, { inputs, outputs }, initialiser);
  return initialiser(random, [outputs, inputs]);
}

/**
 * x W^T + b along the last axis. x: [..., inputs] -> [..., outputs].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const hidden = silu(linear({ weight, bias }, tokens));
 */
export function linear(parameters: LinearParameters, x: NDArray): NDArray {
  const axes = { weight: ["outputs", "inputs"], bias: ["outputs"] };
  checkLayer("linear", parameters, axes, { x: [x, ["...", "inputs"]] });
  const { weight, bias } = parameters;
  const [outputs, inputs] = weight.shape;
  // One product of two matrices, whose gradients are also such products, instead of a batch of small products.
  const rows = x.ndim === 2 ? x : reshape(x, [-1, inputs]);
  const result = add(matmul(rows, transpose(weight)), bias);
  return x.ndim === 2 ? result : reshape(result, [...x.shape.slice(0, -1), outputs]);
}
