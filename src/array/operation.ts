import { numpy as np } from "@jax-js/jax";
import { checkBroadcast, checkOperand, checkTraced } from "./checks.js";
import { arraysInCommonType, type ElementType, inCommonType } from "./element-types.js";
import { type Native, owned } from "./native.js";
import { type NDArray, type Operand } from "./ndarray.js";

/** An elementwise function of an array. */
export type Unary = (x: NDArray) => NDArray;
/**
 * An elementwise function of two arrays or numbers, broadcast as in NumPy, in the wider of their element types: bool,
 * int32, float32. A number has the type of the array beside it.
 */
export type Binary = (a: Operand, b: Operand) => NDArray;

/**
 * A function of jax-js as an elementwise function.
 *
 * @param narrowest the narrowest element type that it has; arrays of narrower types are converted
 */
export function unary(name: string, fn: (x: Native) => Native, narrowest: ElementType = np.bool): Unary {
  return (x) => {
    checkTraced(name, "x", x);
    return owned(fn(...(arraysInCommonType(name, [x], narrowest) as [Native])));
  };
}

/** A function of jax-js as an elementwise function of two operands, as `unary`. */
export function binary(
  name: string,
  fn: (a: Native | number, b: Native | number) => Native,
  narrowest: ElementType = np.bool,
): Binary {
  return (a, b) => {
    checkOperand(name, "a", a);
    checkOperand(name, "b", b);
    checkBroadcast(name, a, b);
    const [first, second] = inCommonType(name, [a, b], narrowest);
    return owned(fn(first, second));
  };
}
