import { add, exp, log, maximum, mul, neg, reciprocal, stopGradient, sub, abs, square } from "./elementwise.js";
import { checkTraced } from "./checks.js";
import { type NDArray } from "./ndarray.js";
import { withDerivatives } from "./derivative.js";

/**
 * Logistic function, 1 / (1 + e^-x), with derivatives up to the second that stay finite at any finite x.
 *
 * s' = s (1 - s), s'' = s' (1 - 2 s); differentiating the quotient itself gives 0 * infinity where e^-x overflows.
 * At infinite x the jax engine gives NaN, as of the other activations (see `withDerivatives`).
 *
 * @param x of any shape
 * @returns of the shape of x
 * @throws InputError if x is no array
 * @example
 * const y = sigmoid(x); // of x = 0: 0.5
 */
export function sigmoid(x: NDArray): NDArray {
  checkTraced("sigmoid", "x", x);
  const s = logistic(x);
  const first = mul(s, sub(1, s));
  const second = mul(first, sub(1, mul(s, 2)));
  return withDerivatives(x, s, first, second);
}

/**
 * SiLU (swish), y = x s(x), with derivatives up to the second in few passes over memory:
 * y' = s + y (1 - s), y'' = (1 - s) (2 y' - y).
 *
 * @param x of any shape
 * @returns of the shape of x
 * @throws InputError if x is no array
 * @example
 * const hidden = silu(linear({ weight, bias }, embedding));
 */
export function silu(x: NDArray): NDArray {
  checkTraced("silu", "x", x);
  const s = logistic(x);
  const y = stopGradient(mul(x, s));
  const rest = sub(1, s);
  const first = add(s, mul(y, rest));
  const second = mul(rest, sub(mul(first, 2), y));
  return withDerivatives(x, y, first, second);
}

/** The logistic function as a value without derivative. */
function logistic(x: NDArray): NDArray {
  return stopGradient(reciprocal(add(exp(neg(x)), 1)));
}

/**
 * log(1 + e^x) without overflow: max(x, 0) + log(1 + e^-|x|), with derivatives s(x) and s(x) (1 - s(x)).
 *
 * @param x of any shape
 * @returns of the shape of x
 * @throws InputError if x is no array
 * @example
 * const deviation = softplus(x); // > 0; of x = 0: log 2
 */
export function softplus(x: NDArray): NDArray {
  checkTraced("softplus", "x", x);
  const s = logistic(x);
  return withDerivatives(x, add(maximum(x, 0), log(add(exp(neg(abs(x))), 1))), s, mul(s, sub(1, s)));
}

/**
 * Hyperbolic tangent, 2 s(2 x) - 1.
 *
 * @param x of any shape
 * @returns of the shape of x
 * @throws InputError if x is no array
 * @example
 * const y = tanh(x); // in (-1, 1)
 */
export function tanh(x: NDArray): NDArray {
  checkTraced("tanh", "x", x);
  return sub(mul(sigmoid(mul(x, 2)), 2), 1);
}

/**
 * GELU in its tanh form, 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), as diffusion transformers use it.
 *
 * @param x of any shape
 * @returns of the shape of x
 * @throws InputError if x is no array
 * @example
 * const hidden = gelu(linear({ weight, bias }, tokens));
 */
export function gelu(x: NDArray): NDArray {
  checkTraced("gelu", "x", x);
  const inner = mul(mul(x, add(mul(square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return mul(x, sigmoid(mul(inner, 2)));
}
