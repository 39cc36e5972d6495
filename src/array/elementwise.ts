import { lax, numpy as np } from "@jax-js/jax";
import { borrow, type Native, owned } from "./native.js";
import { type NDArray, type Operand } from "./ndarray.js";

type Unary = (x: NDArray) => NDArray;
type Binary = (a: Operand, b: Operand) => NDArray;

const unary =
  (fn: (x: Native) => Native): Unary =>
  (x) =>
    owned(fn(borrow(x)));
const binary =
  (fn: (a: Native | number, b: Native | number) => Native): Binary =>
  (a, b) =>
    owned(fn(borrow(a), borrow(b)));

/** a + b, broadcast as in NumPy. */
export const add: Binary = binary(np.add);
/** a - b, broadcast as in NumPy. */
export const sub: Binary = binary(np.subtract);
/** a b, element by element, broadcast as in NumPy. */
export const mul: Binary = binary(np.multiply);
/** a / b, element by element, broadcast as in NumPy. */
export const div: Binary = binary(np.divide);
/** The smaller of a and b. */
export const minimum: Binary = binary(np.minimum);
/** The larger of a and b. */
export const maximum: Binary = binary(np.maximum);
/** -x. */
export const neg: Unary = unary(np.negative);
/** 1 / x. */
export const reciprocal: Unary = unary(np.reciprocal);
/** e^x. */
export const exp: Unary = unary(np.exp);
/** Natural logarithm. */
export const log: Unary = unary(np.log);
/** Square root. */
export const sqrt: Unary = unary(np.sqrt);
/** Sine of x in radians. */
export const sin: Unary = unary(np.sin);
/** Cosine of x in radians. */
export const cos: Unary = unary(np.cos);
/** The Gauss error function. */
export const erf: Unary = unary(lax.erf);
/** x^2. */
export const square: Unary = (x) => mul(x, x);
/** |x|; the derivative at 0 is taken from the right. */
export const abs: Unary = (x) => maximum(x, neg(x));

/** x limited to [low, high]; no gradient flows where it is limited. */
export function clip(x: NDArray, low: number, high: number): NDArray {
  return minimum(maximum(x, low), high);
}

/** True where a < b. */
export const less: Binary = binary(np.less);

/** True where a == b. */
export const equal: Binary = binary(np.equal);

/** a where `condition` holds, else b. */
export function where(condition: NDArray, a: Operand, b: Operand): NDArray {
  return owned(np.where(borrow(condition), borrow(a), borrow(b)));
}

/** x as float32 (from int32 or bool). */
export function toFloat(x: NDArray): NDArray {
  return owned(np.astype(borrow(x), np.float32));
}

/** x with the derivative cut: d/dx stopGradient(x) = 0. */
export const stopGradient: Unary = unary((x) => lax.stopGradient(x));
