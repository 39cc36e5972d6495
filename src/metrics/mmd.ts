import { ShapeError } from "../errors.js";
import { checkPositive, type Numbers, rowCount, squaredDistance } from "./arrays.js";

/**
 * Bandwidth by the median heuristic: the square root of the median of the squared distances between a row of x and a
 * row of y. For an even number of distances, the median is the lower of the two middle ones.
 *
 * @param x [n, size]
 * @param y [m, size]
 * @returns the bandwidth; 0 if at least half of the distances are 0
 * @throws ShapeError if a sample does not consist of whole rows
 * @throws InputError if a value is not finite
 * @example
 * const bandwidth = medianBandwidth([0, 0, 1, 1], [2, 2, 3, 3], 2);
 */
export function medianBandwidth(x: Numbers, y: Numbers, size: number): number {
  return Math.sqrt(lowerMedian(crossDistances(x, y, size)));
}

/**
 * Squared maximum mean discrepancy of two samples, unbiased (Gretton et al. 2012, equation 3), with the Gaussian kernel
 * k(a, b) = exp(-||a - b||^2 / (2 bandwidth^2)). Because it is unbiased, it can be negative. If the median distance is
 * 0 (samples of a few repeated values), the kernel is its limit: 1 for equal rows, 0 for others.
 *
 * @param x [n, size], n >= 2
 * @param y [m, size], m >= 2
 * @param bandwidth default: that of `medianBandwidth`
 * @throws ShapeError if a sample has fewer than two rows or not whole rows
 * @throws InputError if a value is not finite or the bandwidth is not positive
 * @example
 * const board = drawCheckerboard(500, random).data;
 * const other = drawCheckerboard(500, random).data;
 * squaredMmd(board, other, 2); // about 0
 */
export function squaredMmd(x: Numbers, y: Numbers, size: number, bandwidth?: number): number {
  const [n, m] = [rowCount(x, size, "mmd"), rowCount(y, size, "mmd")];
  if (n < 2 || m < 2) throw new ShapeError("mmd: each sample needs two rows or more");
  if (bandwidth !== undefined) checkPositive(bandwidth, "mmd: the bandwidth");
  const between = crossDistances(x, y, size);
  const squaredBandwidth = bandwidth === undefined ? lowerMedian(between.slice()) : bandwidth ** 2;
  const kernel = (squared: number): number => (squared === 0 ? 1 : Math.exp(-squared / (2 * squaredBandwidth)));
  const kernelMean = (distances: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < distances.length; k++) sum += kernel(distances[k]);
    return sum / distances.length;
  };
  return kernelMean(pairDistances(x, size)) + kernelMean(pairDistances(y, size)) - 2 * kernelMean(between);
}

/** Squared distances of every row of x to every row of y. */
function crossDistances(x: Numbers, y: Numbers, size: number): Float64Array {
  const [n, m] = [rowCount(x, size, "mmd"), rowCount(y, size, "mmd")];
  const distances = new Float64Array(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) distances[i * m + j] = squaredDistance(x, i, y, j, size);
  return distances;
}

/** Squared distances of all pairs of rows. */
function pairDistances(rows: Numbers, size: number): Float64Array {
  const n = rows.length / size;
  const distances = new Float64Array((n * (n - 1)) / 2);
  let k = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) distances[k++] = squaredDistance(rows, i, rows, j, size);
  return distances;
}

/**
 * The median, for an even number of values the lower middle one, by quickselect (Hoare 1961), which reorders the
 * values.
 */
function lowerMedian(values: Float64Array): number {
  const target = (values.length - 1) >> 1;
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1];
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    if (target <= j) right = j;
    else if (target >= i) left = i;
    else break;
  }
  return values[target];
}
