import { ShapeError } from "../errors.js";
import { checkArgument, positiveInteger } from "../options.js";
import { type Numbers, rowCount, squaredDistance } from "./arrays.js";

/**
 * The share of the samples that look like data (precision), and the share of the data that the samples reach (recall).
 */
export interface PrecisionRecall {
  precision: number;
  recall: number;
}

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019). Precision is the share of the samples that are as near to
 * some data point as that point's k-th nearest neighbour in the data; recall is the same with the roles exchanged.
 *
 * @param samples [n, size], n > k
 * @param data [m, size], m > k
 * @param k number of neighbours. Default: 3, as published
 * @throws ShapeError if one of them does not have more than k whole rows
 * @throws InputError if a value is not finite or k is not a positive integer
 * @example
 * const { precision, recall } = precisionRecall(points.data, drawCheckerboard(500, random).data, 2);
 */
export function precisionRecall(samples: Numbers, data: Numbers, size: number, k = 3): PrecisionRecall {
  checkArgument("precision and recall", "k", k, positiveInteger);
  const [n, m] = [rowCount(samples, size, "precision"), rowCount(data, size, "recall")];
  if (Math.min(n, m) <= k)
    throw new ShapeError(`precision and recall: ${Math.min(n, m)} rows, more than ${k} are needed`);
  return {
    precision: shareInside(samples, data, neighbourDistances(data, size, k), size),
    recall: shareInside(data, samples, neighbourDistances(samples, size, k), size),
  };
}

/**
 * The share of the points that are inside at least one ball. radii: the squared radius of the ball around each centre.
 */
function shareInside(points: Numbers, centres: Numbers, radii: Float64Array, size: number): number {
  const count = points.length / size;
  let inside = 0;
  for (let i = 0; i < count; i++)
    if (radii.some((radius, j) => squaredDistance(points, i, centres, j, size) <= radius)) inside += 1;
  return inside / count;
}

/** The squared distance of every row to its k-th nearest other row. */
function neighbourDistances(rows: Numbers, size: number, k: number): Float64Array {
  const n = rows.length / size;
  const nearest = Array.from({ length: n }, () => new Float64Array(k).fill(Infinity));
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const distance = squaredDistance(rows, i, rows, j, size);
      insert(nearest[i], distance);
      insert(nearest[j], distance);
    }
  return Float64Array.from(nearest, (distances) => distances[k - 1]);
}

/** Inserts a number into the sorted list of the smallest numbers so far; the greatest is dropped. */
function insert(smallest: Float64Array, value: number): void {
  let place = smallest.length;
  while (place > 0 && value < smallest[place - 1]) place -= 1;
  if (place === smallest.length) return;
  smallest.copyWithin(place + 1, place);
  smallest[place] = value;
}
