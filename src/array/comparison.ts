import { numpy as np } from "@jax-js/jax";
import { InputError } from "../errors.js";
import { checkBroadcast, checkOperand, checkTraced } from "./checks.js";
import { elementTypeOf, inCommonType } from "./element-types.js";
import { borrow, owned } from "./native.js";
import { type Binary, type NDArray, type Operand } from "./ndarray.js";
import { binary } from "./operation.js";

/**
 * True where a < b.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const isDark = toFloat(less(x, 0)); // 1 where x < 0
 */
export const less: Binary = binary("less", np.less, np.int32);

/**
 * True where a == b.
 *
 * @throws InputError if an argument is neither an array nor a number, or is a fraction beside integers; ShapeError if
 *   the shapes do not broadcast
 * @example
 * const isThree = toFloat(equal(labels, 3)); // [8]
 */
export const equal: Binary = binary("equal", np.equal);

/**
 * a where `condition` is true, b elsewhere.
 *
 * @throws InputError if `condition` is no array of true and false, a or b is neither an array nor a number, or one is
 *   a fraction beside integers; ShapeError if the shapes do not broadcast
 * @example
 * const rectified = where(less(x, 0), 0, x);
 */
export function where(condition: NDArray, a: Operand, b: Operand): NDArray {
  checkTraced("where", "condition", condition);
  checkOperand("where", "a", a);
  checkOperand("where", "b", b);
  checkBroadcast("where", condition, a, b);
  const type = elementTypeOf(condition);
  if (type !== np.bool)
    throw new InputError(`where: the condition is an array of ${type}, give a comparison such as less(x, 0)`);
  const [first, second] = inCommonType("where", [a, b]);
  return owned(np.where(borrow(condition), first, second));
}
