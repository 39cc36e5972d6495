import { type numpy as np } from "@jax-js/jax";
import { InputError } from "../errors.js";
import { type NDArray, type Operand } from "./ndarray.js";

/** The array or tracer of jax-js behind an `NDArray`. */
export type Native = np.Array;

/** Takes another reference to jax-js's array, so that the callee may consume it while the caller keeps its own. */
export function borrow(x: NDArray): Native;
export function borrow(x: Operand): Native | number;
export function borrow(x: Operand): Native | number {
  if (typeof x === "number") return x;
  const { ref } = (x ?? {}) as unknown as Partial<Native>;
  if (ref === undefined)
    throw new InputError(
      "a function of arrays was given something else, such as data on the host: call it inside a function that is given to compile, or wrap the data in constant",
    );
  return ref;
}

/** A result of jax-js as an `NDArray`. */
export function owned(x: Native): NDArray {
  return x as unknown as NDArray;
}
