import { ShapeError } from "../errors.js";
import { aFunction, aList, checkArgument, integerFrom, numberArray, shown } from "../options.js";
import {
  checkHostArray,
  hostArray,
  type HostArray,
  hostType,
  hostZeros,
  mapHostTree,
  namedLeaves,
  sizeOf,
  type Tree,
} from "./host.js";
import { type RandomSource } from "./random.js";

/** A source of rows of noise, one after another. */
export type NormalSource = Pick<RandomSource, "normalArray">;

/**
 * Copies rows of an array along its first axis in the given order; a row may be taken more than once.
 *
 * @param array [N, ...rest], of either element type
 * @param rows the indices of the rows, each in [0, N)
 * @returns [rows.length, ...rest], of the same element type
 * @throws ShapeError if there is no such row
 * @example
 * const batch = takeRows(images, [4, 0, 4]); // [3, 1, 28, 28]
 */
export function takeRows(array: HostArray, rows: ArrayLike<number>): HostArray {
  checkHostArray("takeRows", array);
  checkArgument("takeRows", "rows", rows, numberArray);
  const {
    shape: [count, ...rest],
    data,
  } = array;
  if (count === undefined) throw new ShapeError("takeRows: the array has no axis of rows");
  const size = sizeOf(rest);
  const taken = emptyLike(data, rows.length * size);
  for (let i = 0, next = 0; i < rows.length; i = next) {
    const first = rows[i];
    // Consecutive rows are copied together.
    do {
      const row = rows[next];
      if (!(Number.isInteger(row) && row >= 0 && row < count))
        throw new ShapeError(`there is no row ${shown(row)}: the array has ${count}`);
      next++;
    } while (next < rows.length && rows[next] === first + next - i);
    taken.set(data.subarray(first * size, (first + next - i) * size), i * size);
  }
  return hostArray(taken, [rows.length, ...rest]);
}

const mostRows = 2 ** 31;

/**
 * Computes `count` rows with a function of `size` rows at a time, for compiled functions with a fixed batch size. If
 * fewer rows are left in the last batch, the last row is repeated, and the results of the repetitions are dropped.
 *
 * @param count number of rows, at least 1
 * @param size number of rows of a batch, at least 1
 * @param run computes a batch from the indices of its rows, [size], of which only the first `filled` are used: one
 *   array or a tree of arrays, [size, ...rest] each
 * @returns the same tree of arrays, [count, ...rest] each
 * @throws ShapeError if a count is not a positive integer, or a batch's arrays do not have `size` rows
 * @example
 * const halve = await compile((x: NDArray) => mul(x, 0.5), [{ shape: [16, 1, 28, 28], type: "float32" }]);
 * const halves = await inBatches(images.shape[0], 16, (rows) => halve.run(takeRows(images, rows)));
 */
export async function inBatches<T extends Tree<HostArray>>(
  count: number,
  size: number,
  run: (rows: Int32Array, filled: number) => Promise<T>,
): Promise<T> {
  for (const [name, value] of Object.entries({ rows: count, "rows of a batch": size }))
    if (!Number.isInteger(value) || value < 1 || value > mostRows)
      throw new ShapeError(`the number of ${name} is ${shown(value)}, it has to be a positive integer`);
  checkArgument("inBatches", "run", run, aFunction);
  let results: T | undefined;
  for (let start = 0; start < count; start += size) {
    const filled = Math.min(size, count - start);
    const rows = Int32Array.from({ length: size }, (_, i) => Math.min(count - 1, start + i));
    const batch = await run(rows, filled);
    results ??= mapHostTree(batch, ({ shape: [, ...rest], data }) =>
      hostArray(emptyLike(data, count * sizeOf(rest)), [count, ...rest]),
    );
    const whole = namedLeaves(results);
    for (const [leaf, { array }] of namedLeaves(batch).entries()) {
      if (array.shape[0] !== size)
        throw new ShapeError(`a batch of ${size} rows gave an array [${array.shape.join(", ")}]`);
      const rowSize = array.data.length / size;
      whole[leaf].array.data.set(array.data.subarray(0, filled * rowSize), start * rowSize);
    }
  }
  return results as T;
}

/**
 * Standard normal numbers for the first `filled` rows of a batch, zeros for the other rows, so that the draws do not
 * depend on the batch size.
 *
 * @returns [size, ...shape]
 * @throws InputError if `filled` is not an integer from 0 to `size`
 * @example
 * const noise = filledNormal(random, 16, 10, [1, 28, 28]); // [16, 1, 28, 28], the last six are 0
 */
export function filledNormal(random: NormalSource, size: number, filled: number, shape: readonly number[]): HostArray {
  checkArgument("filledNormal", "filled", filled, integerFrom(0, size));
  const noise = hostZeros([size, ...shape]);
  noise.data.set(random.normalArray([filled, ...shape]).data);
  return noise;
}

/**
 * Joins arrays along their first axis.
 *
 * @param arrays one or more arrays, [N_i, ...rest], of one element type
 * @returns [sum of N_i, ...rest]
 * @throws ShapeError if there are none, or the other axes differ
 * @example
 * const both = joinRows([images, images]); // [16, 1, 28, 28]
 */
export function joinRows(arrays: readonly HostArray[]): HostArray {
  checkArgument("joinRows", "arrays", arrays, aList);
  for (const array of arrays) checkHostArray("joinRows", array);
  const [first] = arrays;
  if (first === undefined) throw new ShapeError("joinRows: there are no arrays to be joined, give one or more");
  const rest = first.shape.slice(1);
  const other = arrays.find(
    (array) =>
      array.shape.length === 0 || array.shape.slice(1).join() !== rest.join() || hostType(array) !== hostType(first),
  );
  if (other !== undefined)
    throw new ShapeError(
      `joinRows: ${hostType(first)} [${first.shape.join(", ")}] and ${hostType(other)} [${other.shape.join(", ")}] cannot be joined: ` +
        "give arrays of the same element type, with equal axes except the first",
    );
  if (arrays.length === 1) return first;
  const count = arrays.reduce((sum, { shape }) => sum + shape[0], 0);
  const joined = emptyLike(first.data, count * sizeOf(rest));
  let start = 0;
  for (const { data } of arrays) {
    joined.set(data, start);
    start += data.length;
  }
  return hostArray(joined, [count, ...rest]);
}

function emptyLike(data: HostArray["data"], length: number): HostArray["data"] {
  return data instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
}
