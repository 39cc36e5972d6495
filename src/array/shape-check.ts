import { ShapeError } from "../errors.js";
import { checkTraced, shapeText } from "./checks.js";
import { type NDArray } from "./ndarray.js";

/** An axis of a shape: its length, its name, or "..." for any number of axes. */
export type Axis = number | string;

/**
 * Checks the shapes of a function's arguments, once, while it is traced. Axes with the same name have the same length,
 * that of the first array with this axis, also within one array; "..." means any number of axes, the same ones in
 * every array.
 *
 * Without it, arrays with axes of length 1 would broadcast, and hide a mistake.
 *
 * @param of the function's name, for the message
 * @param arrays each argument by name, with its axes
 * @throws InputError if an argument is no array of the traced function, ShapeError if its shape is wrong
 * @example
 * checkShapes("distance", { x: [x, ["B", "..."]], z: [z, ["B", "..."]], t: [t, ["B"]] });
 */
export function checkShapes(
  of: string,
  arrays: Readonly<Record<string, readonly [array: NDArray, axes: readonly Axis[]]>>,
): void {
  const known = new Map<Axis, string>();
  for (const [name, [array, axes]] of Object.entries(arrays)) {
    checkTraced(of, name, array);
    const found = lengthsOf(array.shape, axes);
    const wanted = axes.map((axis) => (typeof axis === "number" ? String(axis) : known.get(axis)));
    const differs = (length: string, i: number, all: readonly string[]): boolean =>
      length !== (wanted[i] ?? length) || length !== all[axes.indexOf(axes[i])];
    if (found === undefined || found.some(differs))
      throw new ShapeError(`${of}: ${name} is ${shapeText(array.shape)}, it has to be ${described(axes, wanted)}`);
    axes.forEach((axis, i) => known.set(axis, found[i]));
  }
}

/** The lengths that a shape has for each axis, as text; undefined if there are too many or too few axes. */
function lengthsOf(shape: readonly number[], axes: readonly Axis[]): string[] | undefined {
  const rest = axes.indexOf("...");
  const more = rest < 0 ? 0 : shape.length - (axes.length - 1);
  if (more < 0 || (rest < 0 && shape.length !== axes.length)) return undefined;
  return axes.map((axis, i) => {
    if (axis === "...") return shape.slice(i, i + more).join(", ");
    return String(shape[rest >= 0 && i > rest ? i + more - 1 : i]);
  });
}

/** "[8, 3], which is [B, inputs]": known lengths, and the names of the other axes. */
function described(axes: readonly Axis[], wanted: readonly (string | undefined)[]): string {
  const lengths = axes.map((axis, i) => wanted[i] ?? axis);
  const shape = `[${lengths.filter((length) => length !== "").join(", ")}]`;
  const names = axes.filter((axis, i) => typeof axis === "string" && axis !== "..." && wanted[i] !== undefined);
  return names.length === 0 ? shape : `${shape}, which is [${axes.join(", ")}]`;
}
