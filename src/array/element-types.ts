import { numpy as np } from "@jax-js/jax";
import { InputError } from "../errors.js";
import { integerFrom } from "../options.js";
import { borrow, type Native } from "./native.js";
import { type NDArray, type Operand } from "./ndarray.js";

// jax-js would cut a number beside integers to an integer, and count true and false as unsigned integers. ONNX has no
// operator of operands of different types. So operands are converted here, for both engines alike.

/** The element types of arrays, from the narrowest to the widest. */
const types = [np.bool, np.int32, np.float32] as const;
/** One of `types`. */
export type ElementType = (typeof types)[number];

const integer = integerFrom(-(2 ** 31), 2 ** 31 - 1);

/** The element type of an array. */
export function elementTypeOf(x: NDArray): ElementType {
  return (x as unknown as Native).dtype as ElementType;
}

/**
 * The operands of one operation in the widest of their element types. A number has the type of the arrays beside it;
 * beside arrays of true and false, which count as 1 and 0, it is an integer.
 *
 * @param narrowest the result has at least this type
 * @throws InputError if a number beside arrays of integers is not an integer
 */
export function inCommonType(
  of: string,
  operands: readonly Operand[],
  narrowest: ElementType = np.bool,
): (Native | number)[] {
  const arrays = operands.filter((x) => typeof x !== "number");
  if (arrays.length === 0) return [...operands] as number[];
  const mixed = arrays.length < operands.length;
  const involved: ElementType[] = [narrowest, ...(mixed ? ([np.int32] as const) : []), ...arrays.map(elementTypeOf)];
  const type = types[Math.max(...involved.map((each) => types.indexOf(each)))];
  return operands.map((x) => {
    if (typeof x !== "number") return np.astype(borrow(x), type);
    return type === np.float32 ? x : integerArray(of, x);
  });
}

/** The arrays of one operation in the widest of their element types. */
export function arraysInCommonType(of: string, arrays: readonly NDArray[], narrowest?: ElementType): Native[] {
  return inCommonType(of, arrays, narrowest) as Native[];
}

/** An array as float32, for an operation that has no other type. */
export function asFloat(x: NDArray): Native {
  return np.astype(borrow(x), np.float32);
}

function integerArray(of: string, value: number): Native {
  if (!integer.accepts(value))
    throw new InputError(
      `${of}: the number ${value} beside an array of integers has to be ${integer.wanted}: give toFloat(array) instead`,
    );
  return np.array(value, { dtype: np.int32 });
}
