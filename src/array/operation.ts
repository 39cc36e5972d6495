import { numpy as np } from "@jax-js/jax";
import { checkBroadcast, checkOperand, checkTraced } from "./checks.js";
import { arraysInCommonType, type ElementType, inCommonType } from "./element-types.js";
import { type Native, owned } from "./native.js";
import { type Binary, type Unary } from "./ndarray.js";

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
