import { type numpy as np } from "@jax-js/jax";

/**
 * An array inside a function that is traced, compiled or differentiated: a jax-js array or tracer.
 *
 * The functions of this folder borrow their arguments (they take jax-js's `.ref` themselves), so that model code may
 * use a value any number of times. Under `compile` traced values hold no memory; an eager array made by hand must be
 * disposed by whoever made it.
 */
export type NDArray = np.Array;

/** An array or a scalar constant. */
export type Operand = NDArray | number;

/** Takes a reference, so that the callee may consume it while the caller keeps its own. */
export function borrow<T extends Operand>(x: T): T {
  if (typeof x === "number") return x;
  const array: NDArray = x;
  return array.ref as T;
}
