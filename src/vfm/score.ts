import {
  add,
  checkShapes,
  constant,
  equal,
  hostArray,
  less,
  matmul,
  mul,
  type NDArray,
  reshape,
  sizeOf,
  sliceAxis,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  sumPerSample,
  toFloat,
  transpose,
  where,
} from "../array/index.js";
import { ShapeError } from "../errors.js";

/** The share of ||a||^2 + ||b||^2 below which ||a||^2 + ||b||^2 - 2 a . b is rounding error. */
const rounding = 1e-6;

/**
 * Continuous ranked probability score of draws X against the truth x, averaged over the D entries of a sample:
 *
 *     1/D sum_k (E|X_k - x_k| - 1/2 E|X_k - X'_k|).
 *
 * It is estimated without bias from m draws; the pairs of different draws estimate the second term (the "fair"
 * estimate). Its expectation is least where every entry of X has the same distribution as the entry of x. It is never
 * negative, and no gradient flows between entries that are equal.
 *
 * @param draws m >= 2 independent draws for each of B samples, [m, B, ...]
 * @param x the truth, [B, ...]
 * @returns [B], in the unit of x
 * @throws InputError if an argument is no array, ShapeError if the shapes do not fit or there are fewer than two draws
 * @see Gneiting and Raftery 2007, equation 21; Ferro 2014 for the fair estimate
 * @example
 * const draws = stack([sampleFlowMap(meanVelocity, y, 1), sampleFlowMap(meanVelocity, z, 1)]);
 * const loss = mean(pixelScore(draws, x)); // pixelScore: [B]
 */
export function pixelScore(draws: NDArray, x: NDArray): NDArray {
  return fairScore("pixelScore", draws, x, (difference) => {
    const sign = sub(toFloat(less(0, difference)), toFloat(less(difference, 0)));
    return mul(sumOverEntries(mul(difference, stopGradient(sign))), 1 / entriesOf(x));
  });
}

/**
 * Energy score of draws X against the truth x, a sample of D entries, in the scale of one entry:
 *
 *     (E||X - x|| - 1/2 E||X - X'||) / sqrt(D)   with Euclidean norms,
 *
 * The metric `energyScore` on plain arrays is not divided by sqrt(D).
 *
 * It is estimated without bias, as `pixelScore` is. Its expectation is least where X has the joint distribution of x,
 * and only there. It is never negative, and no gradient flows between samples that are equal.
 *
 * @param draws m >= 2 independent draws for each of B samples, [m, B, ...]
 * @param x the truth, [B, ...]
 * @returns [B], in the unit of x
 * @throws InputError if an argument is no array, ShapeError if the shapes do not fit or there are fewer than two draws
 * @see Gneiting and Raftery 2007, equation 22; Ferro 2014 for the fair estimate
 * @example
 * const draws = stack([sampleFlowMap(meanVelocity, y, 1), sampleFlowMap(meanVelocity, z, 1)]);
 * const loss = mean(energyScore(draws, x)); // energyScore: [B]
 */
export function energyScore(draws: NDArray, x: NDArray): NDArray {
  return fairScore("energyScore", draws, x, (difference) =>
    mul(root(sumOverEntries(square(difference)), 0), 1 / Math.sqrt(entriesOf(x))),
  );
}

/**
 * Energy score of a sampler of the whole data distribution against a batch, from all pairs of different indices:
 *
 *     (mean ||X_i - x_j|| - 1/2 mean ||X_i - X_j||) / sqrt(D),   i != j.
 *
 * Its expectation is never negative, and least where X has the distribution of the data. No gradient flows between
 * samples that coincide up to the rounding of their inner products.
 *
 * @param samples B >= 2 independent draws, [B, ...]; draw i may depend on what is known of x_i alone, such as its label
 * @param x data, [B, ...]
 * @returns a scalar, in the unit of x
 * @throws InputError if an argument is no array, ShapeError if the shapes differ or the batch has only one sample
 * @example
 * const loss = batchEnergyScore(sampleFlowMap(meanVelocity, z, 1), x); // a scalar
 */
export function batchEnergyScore(samples: NDArray, x: NDArray): NDArray {
  checkShapes("batchEnergyScore", { x: [x, ["B", "..."]] });
  checkShapes("batchEnergyScore", { samples: [samples, ["B", "..."]] });
  const batch = x.shape[0];
  if (samples.shape.join() !== x.shape.join() || batch < 2)
    throw new ShapeError(
      `the batch's energy score needs two arrays of the same shape with two samples or more, not ` +
        `[${samples.shape.join(", ")}] and [${x.shape.join(", ")}]`,
    );
  const [a, b] = [samples, x].map((array) => reshape(array, [batch, -1]));
  const meanDistance = (others: NDArray): NDArray => mul(sum(distancesOfOthers(a, others)), 1 / (batch * (batch - 1)));
  return mul(sub(meanDistance(b), mul(meanDistance(a), 0.5)), 1 / Math.sqrt(entriesOf(x)));
}

/**
 * The mean over draws of d(X - x) minus half the mean over pairs of different draws of d(X - X').
 *
 * @param distance d of differences, [n, B, ...] -> [n, B]
 */
function fairScore(of: string, draws: NDArray, x: NDArray, distance: (differences: NDArray) => NDArray): NDArray {
  checkShapes(of, { x: [x, ["B", "..."]] });
  checkShapes(of, { draws: [draws, ["m", "B", "..."]] });
  const [count, ...shape] = draws.shape;
  if (shape.join() !== x.shape.join() || count < 2)
    throw new ShapeError(
      `a score needs two or more draws of the truth's shape [${x.shape.join(", ")}], not [${draws.shape.join(", ")}]`,
    );
  const toTruth = sum(distance(sub(draws, x)), 0);
  // The draws i and i + shift for all i at once; together the shifts give every pair of different draws once.
  const between = Array.from({ length: count - 1 }, (_, k) => {
    const shift = k + 1;
    return sum(distance(sub(sliceAxis(draws, 0, shift, count), sliceAxis(draws, 0, 0, count - shift))), 0);
  }).reduce((total, next) => add(total, next));
  return sub(mul(toTruth, 1 / count), mul(between, 1 / (count * (count - 1))));
}

/** The sum over all axes but the first two: [n, B, ...] -> [n, B]. */
function sumOverEntries(x: NDArray): NDArray {
  return sum(reshape(x, [x.shape[0], x.shape[1], -1]), 2);
}

/** D, the number of entries of a sample of a batch. */
function entriesOf(x: NDArray): number {
  return sizeOf(x.shape.slice(1));
}

/** The square root of a squared distance; 0, without a gradient, where the square is at most `least`. */
function root(squared: NDArray, least: NDArray | number): NDArray {
  const apart = less(least, squared);
  return where(apart, sqrt(where(apart, squared, 1)), 0);
}

/** ||a_i - b_j|| for every i and j that differ, 0 for i = j. a, b: [B, D] -> [B, B]. */
function distancesOfOthers(a: NDArray, b: NDArray): NDArray {
  const count = a.shape[0];
  const norms = add(reshape(sumPerSample(square(a)), [count, 1]), reshape(sumPerSample(square(b)), [1, count]));
  const squared = sub(norms, mul(matmul(a, transpose(b)), 2));
  const places = Float32Array.from({ length: count }, (_, i) => i);
  const same = equal(constant(hostArray(places, [count, 1])), constant(hostArray(places, [1, count])));
  return root(where(same, 0, squared), mul(stopGradient(norms), rounding));
}
