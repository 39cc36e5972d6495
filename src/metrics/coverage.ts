import { ShapeError } from "../errors.js";
import { checkArgument, numberArray, numberBetween, numberFrom } from "../options.js";
import { checkNumber, checkSome, type Numbers, rowCount } from "./arrays.js";

/** Pooled standard deviation above which a pixel counts as uncertain: 5 % of the range of images in [-1, 1]. */
export const uncertainDeviation = 0.1;

/**
 * How far the central interval of level `level` covers one truth, from 0 to 1.
 *
 * If the truth is exchangeable with the n samples, its rank among them, r = 0 ... n, is uniform, and with U uniform in
 * [0, 1) so is u = (r + U) / (n + 1) (the randomised probability integral transform). The truth is covered if u lies in
 * [(1 - level) / 2, (1 + level) / 2]; the result is the probability of this over U. Its mean is exactly `level` for
 * exact posterior samples, for every n, level and distribution. An interval between two order statistics cannot achieve
 * this: the smallest and the largest of 16 samples cover 15/17 = 88.2 %. If ties leave the rank open, the result is
 * averaged over the possible ranks.
 *
 * @param samples n >= 1 samples of one number
 * @param level in (0, 1)
 * @throws ShapeError if there is no sample
 * @throws InputError if a value is not finite or the level is not in (0, 1)
 * @example
 * const draws = Array.from({ length: 16 }, (_, i) => i);
 * coveredShare(draws, 7.5, 0.9); // 1: between the smallest and the largest
 * coveredShare(draws, 20, 0.9); // 0.15
 */
export function coveredShare(samples: Numbers, truth: number, level: number): number {
  checkSome(samples, "coverage");
  checkNumber(truth, "coverage: the truth");
  checkLevel(level);
  return shareOfFinite(samples, truth, level);
}

function checkLevel(level: number): void {
  checkArgument("coverage", "the level", level, numberBetween(0, 1));
}

function shareOfFinite(samples: Numbers, truth: number, level: number): number {
  let below = 0;
  let equal = 0;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] < truth) below += 1;
    else if (samples[i] === truth) equal += 1;
  }
  // The ranks below ... below + equal are equally likely, so u is uniform over the union of their intervals.
  const slots = samples.length + 1;
  const [from, to] = [below / slots, (below + equal + 1) / slots];
  const overlap = Math.min(to, (1 + level) / 2) - Math.max(from, (1 - level) / 2);
  return Math.max(0, overlap) / (to - from);
}

/**
 * Marks the pixels at which the posterior is uncertain: those where the standard deviation of the n samples and the
 * truth together (n + 1 values, divisor n + 1) is above `threshold`.
 *
 * The pooled deviation treats the truth as one of the values, so the choice does not depend on which of the values is
 * the truth, and the coverage of exact posterior samples on the chosen pixels stays exactly the level. The samples' own
 * deviation would choose pixels where the samples happen to spread, and would miss a posterior that is certain and
 * wrong.
 *
 * @param samples [n, pixels]
 * @param truth [pixels]
 * @returns [pixels], 1 where uncertain
 * @throws ShapeError if the shapes do not fit
 * @throws InputError if a value is not finite
 * @example
 * const chosen = uncertainPixels(samples, truth, 0.1); // 1 where the samples disagree
 */
export function uncertainPixels(samples: Numbers, truth: Numbers, threshold = uncertainDeviation): Uint8Array {
  const pixels = checkSome(truth, "uncertain pixels, the truth");
  const n = rowCount(samples, pixels, "uncertain pixels");
  checkArgument("uncertain pixels", "threshold", threshold, numberFrom(0));
  return Uint8Array.from({ length: pixels }, (_, pixel) => {
    let sum = truth[pixel];
    for (let i = 0; i < n; i++) sum += samples[i * pixels + pixel];
    const centre = sum / (n + 1);
    let squares = (truth[pixel] - centre) ** 2;
    for (let i = 0; i < n; i++) squares += (samples[i * pixels + pixel] - centre) ** 2;
    return squares / (n + 1) > threshold ** 2 ? 1 : 0;
  });
}

/** A share of a number of pixels, stored as sum and number so that images can be added up. */
export interface Coverage {
  /** Sum of the covered shares. */
  covered: number;
  /** Number of pixels that count. */
  pixels: number;
}

/**
 * The share of the chosen pixels that the central interval of level `level` covers; see `coveredShare`.
 *
 * @param samples [n, pixels]
 * @param truth [pixels]
 * @param chosen [pixels]: only pixels with a non-zero entry count
 * @throws ShapeError if the shapes do not fit
 * @throws InputError if a value is not finite or the level is not in (0, 1)
 * @example
 * const { covered, pixels } = coverage(samples, truth, uncertainPixels(samples, truth));
 * console.log(covered / pixels); // near 0.9 for samples of the exact posterior
 */
export function coverage(samples: Numbers, truth: Numbers, chosen: Numbers, level = 0.9): Coverage {
  const pixels = checkSome(truth, "coverage, the truth");
  const n = rowCount(samples, pixels, "coverage");
  checkLevel(level);
  checkArgument("coverage", "chosen", chosen, numberArray);
  if (chosen.length !== pixels) throw new ShapeError(`coverage: ${chosen.length} marks for ${pixels} pixels`);
  const values = new Float64Array(n);
  const total: Coverage = { covered: 0, pixels: 0 };
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (!chosen[pixel]) continue;
    for (let i = 0; i < n; i++) values[i] = samples[i * pixels + pixel];
    total.covered += shareOfFinite(values, truth[pixel], level);
    total.pixels += 1;
  }
  return total;
}
