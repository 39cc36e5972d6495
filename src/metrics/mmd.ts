import { ShapeError } from "../errors.js";
import { type Numbers, rowCount, squaredDistance } from "./arrays.js";

/**
 * Bandwidth by the median heuristic: the root of the median of the squared distances between a row of x and a row of y.
 * Of an even number of distances the lower of the two middle ones is taken.
 *
 * @param x [n, size]
 * @param y [m, size]
 */
export function medianBandwidth(x: Numbers, y: Numbers, size: number): number {
  const [n, m] = [rowCount(x, size, "mmd"), rowCount(y, size, "mmd")];
  const distances = Float64Array.from({ length: n * m }, (_, k) =>
    squaredDistance(x, Math.floor(k / m), y, k % m, size),
  ).sort();
  return Math.sqrt(distances[(distances.length - 1) >> 1]);
}

/**
 * Squared maximum mean discrepancy of two samples, unbiased (Gretton et al. 2012, equation 3), with the Gaussian kernel
 * k(a, b) = exp(-||a - b||^2 / (2 bandwidth^2)). Being unbiased, it can fall below zero.
 *
 * @param x [n, size], n >= 2
 * @param y [m, size], m >= 2
 * @throws ShapeError if a sample has fewer than two rows or not whole rows
 */
export function squaredMmd(x: Numbers, y: Numbers, size: number, bandwidth = medianBandwidth(x, y, size)): number {
  const [n, m] = [rowCount(x, size, "mmd"), rowCount(y, size, "mmd")];
  if (n < 2 || m < 2) throw new ShapeError("mmd: either sample needs two rows or more");
  const kernel = (a: Numbers, i: number, b: Numbers, j: number): number =>
    Math.exp(-squaredDistance(a, i, b, j, size) / (2 * bandwidth ** 2));
  const within = (rows: Numbers, count: number): number => {
    let sum = 0;
    for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) sum += kernel(rows, i, rows, j);
    return (2 * sum) / (count * (count - 1));
  };
  let cross = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) cross += kernel(x, i, y, j);
  return within(x, n) + within(y, m) - (2 * cross) / (n * m);
}
