import { type HostArray } from "../../src/array/index.js";

/** Largest difference of two arrays of the same shape over the largest value of the reference. */
export function relativeError(actual: HostArray, reference: HostArray): number {
  if (actual.data.length !== reference.data.length || actual.shape.join() !== reference.shape.join())
    throw new Error(`shapes differ: [${actual.shape.join(", ")}] and [${reference.shape.join(", ")}]`);
  let difference = 0;
  let scale = 0;
  actual.data.forEach((value, i) => {
    // A NaN must not pass for a small difference.
    const distance = Math.abs(value - reference.data[i]);
    difference = Number.isNaN(distance) ? Infinity : Math.max(difference, distance);
    scale = Math.max(scale, Math.abs(reference.data[i]));
  });
  return difference === 0 ? 0 : difference / scale;
}

/** The sum of elementwise products of two arrays of the same size. */
export function dot(a: HostArray, b: HostArray): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i] * b.data[i];
  return sum;
}
