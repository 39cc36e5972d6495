import { lax, numpy as np } from "@jax-js/jax";
import { InputError } from "../errors.js";
import { checkTraced } from "./checks.js";
import { asFloat } from "./element-types.js";
import { owned } from "./native.js";
import { checkArgument } from "../options.js";
import { type Binary, type NDArray, type Unary } from "./ndarray.js";
import { binary, unary } from "./operation.js";

/**
 * a + b, broadcast as in NumPy.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const y = add(x, 1);
 */
export const add: Binary = binary("add", np.add);
/**
 * a - b, broadcast as in NumPy.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const residual = sub(y, x);
 */
export const sub: Binary = binary("sub", np.subtract, np.int32);
/**
 * a b, element by element, broadcast as in NumPy.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const masked = mul(x, y);
 */
export const mul: Binary = binary("mul", np.multiply);
/**
 * a / b as float32, element by element, broadcast as in NumPy.
 *
 * @throws InputError if an argument is neither an array nor a number, ShapeError if the shapes do not broadcast
 * @example
 * const normalised = div(x, sqrt(add(variance(x), 1e-5)));
 */
export const div: Binary = binary("div", np.divide, np.float32);
/**
 * The smaller of a and b.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const y = minimum(x, 1);
 */
export const minimum: Binary = binary("minimum", np.minimum);
/**
 * The larger of a and b.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const rectified = maximum(x, 0);
 */
export const maximum: Binary = binary("maximum", np.maximum);
/**
 * -x.
 *
 * @throws InputError if x is no array
 * @example
 * const y = neg(x);
 */
export const neg: Unary = unary("neg", np.negative, np.int32);
/**
 * 1 / x.
 *
 * @throws InputError if x is no array
 * @example
 * const y = reciprocal(add(square(x), 1)); // 1 / (x^2 + 1)
 */
export const reciprocal: Unary = unary("reciprocal", np.reciprocal, np.float32);
/**
 * e^x.
 *
 * @throws InputError if x is no array
 * @example
 * const sigma = exp(mul(x, 0.5)); // of x = log sigma^2
 */
export const exp: Unary = unary("exp", np.exp, np.float32);
/**
 * Natural logarithm.
 *
 * @throws InputError if x is no array
 * @example
 * const y = log(maximum(x, 1e-6));
 */
export const log: Unary = unary("log", np.log, np.float32);
/**
 * Square root.
 *
 * @throws InputError if x is no array
 * @example
 * const deviation = sqrt(variance(x));
 */
export const sqrt: Unary = unary("sqrt", np.sqrt, np.float32);
/**
 * Sine of x in radians.
 *
 * @throws InputError if x is no array
 * @example
 * const wave = sin(mul(x, 2 * Math.PI));
 */
export const sin: Unary = unary("sin", np.sin, np.float32);
/**
 * Cosine of x in radians.
 *
 * @throws InputError if x is no array
 * @example
 * const wave = cos(mul(x, 2 * Math.PI));
 */
export const cos: Unary = unary("cos", np.cos, np.float32);
/**
 * The Gauss error function.
 *
 * @throws InputError if x is no array
 * @example
 * const gaussianCdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
 */
export const erf: Unary = unary("erf", lax.erf, np.float32);
/**
 * x^2.
 *
 * @throws InputError if x is no array
 * @example
 * const energy = sumPerSample(square(x)); // [8]
 */
export const square: Unary = (x) => {
  checkTraced("square", "x", x);
  return mul(x, x);
};
/**
 * |x|; the derivative at 0 is taken from the right.
 *
 * @throws InputError if x is no array
 * @example
 * const error = mean(abs(sub(y, x)));
 */
export const abs: Unary = (x) => {
  checkTraced("abs", "x", x);
  return maximum(x, neg(x));
};

/**
 * x clipped to [low, high]; no gradient flows where it is clipped.
 *
 * @throws InputError if x is no array, or a limit is not a number, or is a fraction beside integers, or low is above high
 * @example
 * const image = clip(x, -1, 1);
 */
export function clip(x: NDArray, low: number, high: number): NDArray {
  checkTraced("clip", "x", x);
  for (const [name, limit] of Object.entries({ low, high }))
    checkArgument("clip", name, limit, {
      wanted: "a number",
      accepts: (value) => typeof value === "number" && !Number.isNaN(value),
    });
  if (low > high) throw new InputError(`clip: low is ${low}, more than high, ${high}: exchange them`);
  return minimum(maximum(x, low), high);
}

/**
 * x as float32 (from int32 or bool).
 *
 * @throws InputError if x is no array
 * @example
 * const classes = toFloat(labels); // float32 [8]
 */
export function toFloat(x: NDArray): NDArray {
  checkTraced("toFloat", "x", x);
  return owned(asFloat(x));
}

/**
 * x without its derivative: d/dx stopGradient(x) = 0.
 *
 * @throws InputError if x is no array
 * @example
 * const loss = mean(square(sub(x, stopGradient(y)))); // its derivative by y is 0
 */
export const stopGradient: Unary = unary("stopGradient", (x) => lax.stopGradient(x));
