import { InputError, ShapeError } from "../errors.js";
import { checkArgument, type OptionRule, shown } from "../options.js";
import { type NDArray, type Operand } from "./ndarray.js";

// The checks of the arguments of array functions. They run once, while a function is traced.

/** No array has more values (16 GB of them); this is the largest size of a typed array in every engine. */
export const mostValues = 2 ** 32;

/**
 * Whether a value is an array inside a traced function, or an eager one.
 *
 * @example
 * isTraced(zeros([2])); // true
 * isTraced(hostZeros([2])); // false
 */
export function isTraced(value: unknown): value is NDArray {
  return typeof value === "object" && value !== null && "aval" in value;
}

/** Throws InputError unless x is an array inside a traced function. */
export function checkTraced(of: string, name: string, x: NDArray): void {
  if (isTraced(x)) return;
  const host = typeof x === "object" && x !== null && "data" in x;
  throw new InputError(
    host
      ? `${of}: ${name} is an array on the host: wrap the data in constant(...), or give it to the compiled function`
      : `${of} works on arrays of the traced function, ${name} was given something else: ${shown(x)}`,
  );
}

/** Throws InputError unless x is an array or a number. */
export function checkOperand(of: string, name: string, x: Operand): void {
  if (typeof x !== "number") checkTraced(of, name, x);
}

/** Throws ShapeError unless the shapes broadcast by NumPy's rules. */
export function checkBroadcast(of: string, ...operands: readonly Operand[]): void {
  const shapes = operands.map((x) => (typeof x === "number" ? [] : x.shape));
  const axes = Math.max(...shapes.map(({ length }) => length));
  for (let axis = 1; axis <= axes; axis++) {
    const lengths = new Set(shapes.map((shape) => shape.at(-axis) ?? 1).filter((length) => length !== 1));
    if (lengths.size > 1)
      throw new ShapeError(
        `${of}: ${shapes.map(shapeText).join(" and ")} do not broadcast: make their last axes equal or 1`,
      );
  }
}

/** The axis with this index, counted from the front. Throws ShapeError if the array has no such axis. */
export function axisOf(of: string, x: NDArray, axis: number): number {
  if (!Number.isInteger(axis) || axis < -x.ndim || axis >= x.ndim)
    throw new ShapeError(`${of}: there is no axis ${shown(axis)} of an array ${shapeText(x.shape)}`);
  return axis < 0 ? axis + x.ndim : axis;
}

/** Throws InputError if they are not numbers, ShapeError unless all are axes of the array, each named once. */
export function checkAxes(of: string, x: NDArray, axes: number | readonly number[] | null): void {
  if (axes === null) return;
  const list = typeof axes === "number" ? [axes] : axes;
  if (!Array.isArray(list)) throw new InputError(`${of}: the axes are ${shown(axes)}, give a number or a list of them`);
  if (new Set(list.map((axis: number) => axisOf(of, x, axis))).size < list.length)
    throw new ShapeError(`${of}: an axis occurs twice in ${shown(list)}`);
}

/** A rule for a list of lengths, each at least `least`, of an array that fits into memory. */
export function shapeRule(least = 0): OptionRule {
  return {
    wanted: `a list of lengths, ${least} or more each and ${mostValues} values at most`,
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((length) => Number.isSafeInteger(length) && length >= least) &&
      (value as number[]).reduce((product, length) => product * length, 1) <= mostValues,
  };
}

/** Throws InputError unless the lengths are the shape of an array that fits into memory. */
export function checkShape(of: string, shape: readonly number[], least = 0): void {
  checkArgument(of, "shape", shape, shapeRule(least));
}

/** A shape in a message. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
