import { type Axis, checkShapes, type NDArray, type RandomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { aFunction, anObject, checkArgument, checkEntries, positiveInteger } from "../options.js";

// What a layer asks of its arguments.

/** Throws InputError unless first parameters can be drawn: from a source of random arrays, of these sizes, by a function. */
export function checkDraw(
  of: string,
  random: RandomSource,
  sizes: Readonly<Record<string, number>>,
  initialiser?: unknown,
): void {
  if (initialiser !== undefined) checkArgument(of, "initialiser", initialiser, aFunction);
  checkEntries(of, "random", random, { normalArray: aFunction, uniformArray: aFunction });
  for (const [name, size] of Object.entries(sizes)) checkArgument(of, name, size, positiveInteger);
}

/**
 * Throws InputError unless the arrays of a layer have shapes that fit each other.
 *
 * @param axes the axes of each parameter that the layer has
 * @param inputs the other arrays with their axes
 */
export function checkLayer<Parameters extends object>(
  of: string,
  parameters: Parameters,
  axes: Readonly<Record<keyof Parameters & string, readonly Axis[]>>,
  inputs: Readonly<Record<string, readonly [array: NDArray, axes: readonly Axis[]]>>,
): void {
  checkArgument(of, "parameters", parameters, anObject);
  const own = parameters as Readonly<Record<string, NDArray>>;
  const given = Object.entries<readonly Axis[]>(axes).map(([name, its]) => [name, [own[name], its]] as const);
  checkShapes(of, { ...Object.fromEntries(given), ...inputs });
}

/** Throws ShapeError unless every one of these sizes is a multiple of a number. */
export function checkMultiples(
  of: string,
  name: string,
  divisor: number,
  sizes: Readonly<Record<string, number>>,
): void {
  checkArgument(of, name, divisor, positiveInteger);
  for (const [what, size] of Object.entries(sizes))
    if (size % divisor !== 0)
      throw new ShapeError(`${of}: ${what} is ${size}, it has to be a multiple of ${name}, ${divisor}`);
}
