import { ShapeError } from "../errors.js";
import { checkArgument, numberArray } from "../options.js";
import { checkFinite, checkNumber, checkSome, type Numbers, rowCount, squaredDistance } from "./arrays.js";

/** A score with the two usual estimates of its second term, E|X - X'|. Lower is better. */
export interface EnergyForm {
  /** V-statistic: over all n^2 pairs, including those of a sample with itself. Its bias is E|X - X'| / (2 n). */
  plain: number;
  /**
   * U-statistic: over the n (n - 1) pairs of different samples. Unbiased for samples of the forecast (Ferro 2014,
   * "fair").
   */
  fair: number;
}

/**
 * Continuous ranked probability score of samples of one number, in its energy form (Gneiting and Raftery 2007):
 *
 *     CRPS = E|X - x| - E|X - X'| / 2
 *
 * The pairs are summed in O(n log n): sum_{i<j} (x_(j) - x_(i)) = sum_i (2 i - n + 1) x_(i), i = 0 ... n - 1.
 *
 * @param samples n >= 2 samples of the forecast
 * @param truth the value that was then observed
 * @returns the score in the samples' unit
 * @throws ShapeError if there are fewer than two samples
 * @throws InputError if a value is not finite
 * @example
 * const { fair } = crps([0, 1, 2, 3], 1.5); // 1 - 5 / 6
 */
export function crps(samples: Numbers, truth: number): EnergyForm {
  checkFinite(samples, "crps");
  checkPairs(samples.length, "crps");
  checkNumber(truth, "crps: the truth");
  return crpsOfFinite(samples, truth);
}

function crpsOfFinite(samples: Numbers, truth: number): EnergyForm {
  const n = samples.length;
  const sorted = new Float64Array(samples).sort();
  let toTruth = 0;
  let pairs = 0;
  sorted.forEach((value, i) => {
    toTruth += Math.abs(value - truth);
    pairs += (2 * i - n + 1) * value;
  });
  return energyForm(toTruth, pairs, n);
}

/**
 * The mean over pixels of `crps`.
 *
 * @param samples [n, pixels]
 * @param truth [pixels]
 * @param chosen [pixels]: only pixels with a non-zero entry count. Default: all
 * @throws ShapeError if the shapes do not fit, there are fewer than two samples, or no pixel is chosen
 * @throws InputError if a value is not finite
 * @example
 * const { fair } = meanCrps(samples, truth);
 */
export function meanCrps(samples: Numbers, truth: Numbers, chosen?: Numbers): EnergyForm {
  const pixels = checkSome(truth, "crps, the truth");
  const n = rowCount(samples, pixels, "crps");
  checkPairs(n, "crps");
  if (chosen !== undefined) checkArgument("crps", "chosen", chosen, numberArray);
  if (chosen !== undefined && chosen.length !== pixels)
    throw new ShapeError(`crps: ${chosen.length} marks for ${pixels} pixels`);
  const values = new Float64Array(n);
  let [plain, fair, count] = [0, 0, 0];
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (chosen !== undefined && !chosen[pixel]) continue;
    for (let i = 0; i < n; i++) values[i] = samples[i * pixels + pixel];
    const score = crpsOfFinite(values, truth[pixel]);
    plain += score.plain;
    fair += score.fair;
    count += 1;
  }
  if (count === 0) throw new ShapeError("crps: no pixel is chosen");
  return { plain: plain / count, fair: fair / count };
}

/**
 * Energy score, the CRPS of vectors: E||X - x|| - E||X - X'|| / 2 with Euclidean norms (Gneiting and Raftery 2007). The
 * traced `energyScore`, a loss, is divided by sqrt(d).
 *
 * @param samples [n, d], n >= 2
 * @param truth [d]
 * @throws ShapeError if the shapes do not fit or there are fewer than two samples
 * @throws InputError if a value is not finite
 * @example
 * const { fair } = energyScore(samples, truth);
 */
export function energyScore(samples: Numbers, truth: Numbers): EnergyForm {
  const size = checkSome(truth, "energy score, the truth");
  const n = rowCount(samples, size, "energy score");
  checkPairs(n, "energy score");
  let toTruth = 0;
  let pairs = 0;
  for (let i = 0; i < n; i++) {
    toTruth += Math.sqrt(squaredDistance(samples, i, truth, 0, size));
    for (let j = 0; j < i; j++) pairs += Math.sqrt(squaredDistance(samples, i, samples, j, size));
  }
  return energyForm(toTruth, pairs, n);
}

/** `pairs` is the sum of |x_i - x_j| over i < j: half of the sum over ordered pairs. */
function energyForm(toTruth: number, pairs: number, n: number): EnergyForm {
  return { plain: toTruth / n - pairs / (n * n), fair: toTruth / n - pairs / (n * (n - 1)) };
}

function checkPairs(n: number, name: string): void {
  if (n < 2) throw new ShapeError(`${name}: ${n} sample, the spread needs two or more`);
}
