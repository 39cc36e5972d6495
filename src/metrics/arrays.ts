import { InputError, ShapeError } from "../errors.js";
import { checkArgument, numberArray, positiveInteger, positiveNumber, shown } from "../options.js";

/** Numbers in a typed or plain array, row-major where they form a table. */
export type Numbers = ArrayLike<number>;

/**
 * The number of rows of a table of finite numbers, with rows of length `size`.
 *
 * @throws ShapeError if the table does not consist of whole rows
 * @throws InputError if a value is not finite
 */
export function rowCount(table: Numbers, size: number, name: string): number {
  checkArgument(name, "an array", table, numberArray);
  checkArgument(name, "the length of a row", size, positiveInteger);
  const rows = table.length / size;
  if (!Number.isInteger(rows) || rows === 0)
    throw new ShapeError(`${name}: ${table.length} values are not one or more whole rows of length ${size}`);
  checkFinite(table, name);
  return rows;
}

/**
 * Checks that two arrays of finite numbers have the same, positive length.
 *
 * @throws ShapeError if the lengths differ or are 0
 * @throws InputError if a value is not finite
 */
export function checkSameLength(a: Numbers, b: Numbers, name: string): void {
  for (const values of [a, b]) checkArgument(name, "an array", values, numberArray);
  if (a.length !== b.length || a.length === 0)
    throw new ShapeError(`${name}: arrays of ${a.length} and ${b.length} values, give equally many, one or more`);
  checkFinite(a, name);
  checkFinite(b, name);
}

/** Throws InputError if a value is not finite. Every metric rejects NaN and infinite values, so that none is scored. */
export function checkFinite(values: Numbers, name: string): void {
  checkArgument(name, "the array", values, numberArray);
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new InputError(`${name}: value ${i} of ${values.length} is ${shown(values[i])}: give finite numbers`);
}

/** The number of values. Throws ShapeError if there are none, InputError if one is not finite. */
export function checkSome(values: Numbers, name: string): number {
  checkFinite(values, name);
  if (values.length === 0) throw new ShapeError(`${name}: there are no values, give one or more`);
  return values.length;
}

/** Throws InputError if a number is not finite. */
export function checkNumber(value: number, name: string): void {
  if (!Number.isFinite(value)) throw new InputError(`${name} is ${shown(value)}: give a finite number`);
}

/** Throws InputError if a setting is not a positive, finite number. */
export function checkPositive(value: number, name: string): void {
  if (!positiveNumber().accepts(value)) throw new InputError(`${name} is ${shown(value)}: give a positive number`);
}

/** Squared Euclidean distance between row i of `a` and row j of `b`, with rows of length `size`. */
export function squaredDistance(a: Numbers, i: number, b: Numbers, j: number, size: number): number {
  let total = 0;
  for (let k = 0; k < size; k++) {
    const difference = a[i * size + k] - b[j * size + k];
    total += difference * difference;
  }
  return total;
}

/** The sum of all values. */
export function sum(values: Numbers): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/**
 * Arithmetic mean.
 *
 * @throws ShapeError if there are no values
 * @throws InputError if a value is not finite
 * @example
 * mean([1, 2, 6]); // 3
 */
export function mean(values: Numbers): number {
  const count = checkSome(values, "mean");
  return sum(values) / count;
}

/** log(sum(exp(values))), shifted by the maximum so that it cannot overflow. */
export function logSumExp(values: Numbers): number {
  let shift = -Infinity;
  for (let i = 0; i < values.length; i++) shift = Math.max(shift, values[i]);
  if (!Number.isFinite(shift)) return shift;
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.exp(values[i] - shift);
  return shift + Math.log(total);
}
