import { type Axis, checkShapes, type NDArray, type RandomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { aFunction, anObject, checkArgument, checkEntries, positiveInteger } from "../options.js";

// The checks of a layer's arguments.

/**
 * Checks the arguments of a function that draws initial parameters: a random source, sizes and an initialiser. Throws
 * InputError.
 */
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
 * Checks that the arrays of a layer have shapes that fit each other. Throws InputError if not.
 *
 * @param axes the axes of each of the layer's parameters
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

/** Checks that each of these sizes is a multiple of a number. Throws ShapeError if not. */
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
