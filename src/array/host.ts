import { InputError, ShapeError } from "../errors.js";
import { aList, checkArgument, integerFrom, numberArray, type OptionRule, shown } from "../options.js";
import { checkShape, mostValues } from "./checks.js";

/** A tree of nested arrays and objects with leaves of type T: parameters, optimiser states, arguments of a step. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** An array in host memory, row-major: an argument or a result of a compiled function. */
export interface HostArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** The element type of a host array. */
export type HostType = "float32" | "int32";

/**
 * The element type of `array`.
 *
 * @example
 * hostType(images); // "float32"
 */
export function hostType(array: HostArray): HostType {
  return array.data instanceof Int32Array ? "int32" : "float32";
}

/**
 * The number of elements of an array of this shape.
 *
 * @example
 * sizeOf([3, 32, 32]); // 3072
 */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Makes a host array. Throws ShapeError if the length of the data does not match the shape.
 *
 * @example
 * const points = hostArray([0, 0, 1, 0.5], [2, 2]);
 */
export function hostArray(data: Float32Array | Int32Array | readonly number[], shape: readonly number[]): HostArray {
  checkArgument("hostArray", "data", data, numberArray);
  checkShape("hostArray", shape);
  const values = data instanceof Float32Array || data instanceof Int32Array ? data : float32(data);
  if (values.length !== sizeOf(shape))
    throw new ShapeError(`an array of shape [${shape.join(", ")}] needs ${sizeOf(shape)} values, got ${values.length}`);
  return { shape: [...shape], data: values };
}

/**
 * Memory for an array of this shape, all zeros.
 *
 * @throws ShapeError if a length is not a non-negative integer, InputError if there is not enough memory
 */
export function allocated(shape: readonly number[]): Float32Array<ArrayBuffer> {
  checkArgument("an array", "its shape", shape, aList);
  const wrong = shape.findIndex((length) => !Number.isSafeInteger(length) || length < 0);
  if (wrong >= 0)
    throw new ShapeError(
      `an array has the shape [${shape.map(shown).join(", ")}]: ${shown(shape[wrong])} cannot be a length`,
    );
  const size = sizeOf(shape);
  const tooLarge = `an array of the shape [${shape.join(", ")}] has ${size} values, too many for the memory: ask for fewer`;
  if (size > mostValues) throw new InputError(tooLarge);
  try {
    return new Float32Array(size);
  } catch (error) {
    // The machine may have less memory.
    throw error instanceof RangeError ? new InputError(tooLarge) : error;
  }
}

const aNumber: OptionRule = { wanted: "a number", accepts: (value) => typeof value === "number" };

function float32(numbers: readonly number[]): Float32Array {
  const wrong = numbers.findIndex((value) => !aNumber.accepts(value));
  if (wrong >= 0) checkArgument("hostArray", `value ${wrong} of the data`, numbers[wrong], aNumber);
  return Float32Array.from(numbers);
}

/** Throws InputError unless the value is an array on the host with as many values as its shape says. */
export function checkHostArray(of: string, array: HostArray, name = "the array"): void {
  if (!isHostArray(array) || !Array.isArray(array.shape))
    throw new InputError(
      `${of}: ${name} is ${shown(array)}, it has to be { shape, data }, data a Float32Array: make it with hostArray`,
    );
  checkShape(of, array.shape);
  if (array.data.length !== sizeOf(array.shape))
    throw new ShapeError(
      `${of}: ${name} [${array.shape.join(", ")}] needs ${sizeOf(array.shape)} values, it has ${array.data.length}`,
    );
}

/**
 * A host array of one repeated value.
 *
 * @throws InputError if the value is not a number, or there is not enough memory; ShapeError if a length is not a
 *   non-negative integer
 * @example
 * const mask = hostFull([8, 1, 28, 28], 1);
 */
export function hostFull(shape: readonly number[], value: number): HostArray {
  checkArgument("hostFull", "value", value, aNumber);
  const data = allocated(shape).fill(value);
  return { shape: [...shape], data };
}

/**
 * A host array of zeros.
 *
 * @throws ShapeError if a length is not a non-negative integer, InputError if there is not enough memory
 * @example
 * const bias = hostZeros([64]);
 */
export function hostZeros(shape: readonly number[]): HostArray {
  const data = allocated(shape);
  return { shape: [...shape], data };
}

/**
 * The first `wanted` rows of a host array along its first axis, or all if there are fewer; the memory is shared.
 *
 * @throws InputError if `array` is not a host array, or `wanted` is not a non-negative integer; ShapeError if the array
 *   has no axes
 * @example
 * const few = firstRows(images, 16); // [16, 1, 28, 28]
 */
export function firstRows(array: HostArray, wanted: number): HostArray {
  checkHostArray("firstRows", array);
  checkArgument("firstRows", "wanted", wanted, integerFrom(0));
  const {
    shape: [count, ...rest],
    data,
  } = array;
  if (count === undefined) throw new ShapeError("firstRows: the array has no axis of rows");
  const rows = Math.min(count, wanted);
  return hostArray(data.subarray(0, rows * sizeOf(rest)), [rows, ...rest]);
}

/**
 * Whether a tree node is a host array (a leaf) rather than a branch.
 *
 * @example
 * isHostArray(images); // true
 * isHostArray({ weight: images }); // false
 */
export function isHostArray(node: unknown): node is HostArray {
  return (
    typeof node === "object" &&
    node !== null &&
    "data" in node &&
    (node.data instanceof Float32Array || node.data instanceof Int32Array)
  );
}

/**
 * The leaves of a host tree with their dotted paths ("blocks.0.weight"), in the order of the tree's keys.
 *
 * @example
 * for (const { name, array } of namedLeaves(model.parameters.flowMap)) console.log(name, array.shape);
 */
export function namedLeaves(tree: Tree<HostArray>, prefix = ""): { name: string; array: HostArray }[] {
  if (isHostArray(tree)) return [{ name: prefix, array: tree }];
  return Object.entries(tree).flatMap(([key, child]) => namedLeaves(child, prefix === "" ? key : `${prefix}.${key}`));
}

/**
 * A tree of the same form with `fn` applied to every leaf; `fn` also gets the leaf's dotted path.
 *
 * @example
 * const halved = mapHostTree(model.parameters.flowMap, ({ shape, data }) => ({ shape, data: data.map((v) => v / 2) }));
 */
export function mapHostTree<T extends Tree<HostArray>>(
  tree: T,
  fn: (array: HostArray, name: string) => HostArray,
  prefix = "",
): T {
  if (isHostArray(tree)) return fn(tree, prefix) as T;
  const child = ([key, value]: [string, unknown]): [string, unknown] => [
    key,
    mapHostTree(value as Tree<HostArray>, fn, prefix === "" ? key : `${prefix}.${key}`),
  ];
  const entries = Object.entries(tree).map(child);
  return (Array.isArray(tree) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T;
}

/**
 * The number of elements of all leaves: the parameter count of a model.
 *
 * @example
 * countElements({ weight: hostZeros([64, 2]), bias: hostZeros([64]) }); // 192
 */
export function countElements(tree: Tree<HostArray>): number {
  return namedLeaves(tree).reduce((sum, { array }) => sum + array.data.length, 0);
}
