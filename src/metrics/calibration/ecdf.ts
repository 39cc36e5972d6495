import { ShapeError } from "../../errors.js";
import {
  checkArgument,
  checkEntries,
  integerFrom,
  numberArray,
  numberBetween,
  positiveInteger,
} from "../../options.js";
import { checkRanks, type Ranks } from "./ranks.js";
import { binomialCdf, binomialInterval, logFactorials } from "./special-functions.js";

/** The empirical distribution of N numbers that should be uniform in [0, 1). */
export interface Ecdf {
  /** The points at which it is evaluated, ascending, in (0, 1). */
  readonly points: Float64Array;
  /** Number of values below each point. */
  readonly counts: Int32Array;
  /** N. */
  readonly total: number;
}

const mostPoints = 50;

/**
 * The ranks' empirical distribution, evaluated between ranks at up to 50 points. If the ranks are uniform, the number
 * of ranks below i is exactly Binomial(N, i / (L + 1)).
 *
 * @throws InputError if there are no ranks, or one is out of range
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const { points, counts, total } = calibration.rankEcdf(ranks);
 */
export function rankEcdf(given: Pick<Ranks, "ranks" | "slots">): Ecdf {
  checkRanks("rank ecdf", given);
  const { ranks, slots } = given;
  const stride = Math.ceil((slots - 1) / mostPoints);
  const places = Int32Array.from({ length: Math.floor((slots - 1) / stride) }, (_, i) => (i + 1) * stride);
  return {
    points: Float64Array.from(places, (place) => place / slots),
    counts: places.map((place) => ranks.reduce((below, rank) => below + (rank < place ? 1 : 0), 0)),
    total: ranks.length,
  };
}

/** The empirical distribution of numbers at these points. */
export function ecdfAt(values: Float64Array, points: Float64Array): Ecdf {
  const counts = Int32Array.from(points, (point) => values.reduce((below, v) => below + (v < point ? 1 : 0), 0));
  return { points, counts, total: values.length };
}

/** The simultaneous limits of an empirical distribution's counts at all its points. */
export interface EcdfBand {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/**
 * The band in which the empirical distribution of N uniform numbers lies at all points simultaneously, with probability
 * `level` or slightly more. It consists of pointwise binomial intervals with the same tail probability, the greatest
 * that suffices, which is found by bisection on the exact probability (Säilynoja, Bürkner and Vehtari 2022, section 2).
 *
 * @throws InputError if there are no points, one is not between 0 and 1, or `total` or `level` is wrong
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const { low, high } = calibration.ecdfBand(calibration.rankEcdf(ranks), 0.95);
 */
export function ecdfBand(ecdf: Pick<Ecdf, "points" | "total">, level: number): EcdfBand {
  checkPoints("ecdf band", ecdf);
  checkArgument("ecdf band", "level", level, numberBetween(0, 1));
  const { points, total } = ecdf;
  // The tail probability lies between Bonferroni's and that of a single point.
  let [safe, tooMuch] = [(1 - level) / (2 * points.length), (1 - level) / 2];
  for (let i = 0; i < 20; i++) {
    const middle = (safe + tooMuch) / 2;
    if (insideProbability(points, total, bandOf(points, total, middle)) >= level) safe = middle;
    else tooMuch = middle;
  }
  return bandOf(points, total, safe);
}

/**
 * Below this tail probability the sum over the points is accurate enough, while the recursion suffers from rounding.
 */
const smallestTail = 1e-11;

/**
 * The probability that N uniform numbers have an empirical distribution at least as extreme as this one: the
 * probability that the tail probability at some point is no greater than the smallest pointwise tail probability of
 * this one.
 *
 * @returns the p-value
 * @throws InputError if there are no points, one is not between 0 and 1, or the counts are not one from 0 to `total` for
 *   each point
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const isSuspicious = calibration.ecdfTest(calibration.rankEcdf(ranks)) < 0.01;
 */
export function ecdfTest(ecdf: Ecdf): number {
  checkPoints("ecdf test", ecdf);
  checkEntries("ecdf test", "the ecdf", ecdf, { counts: numberArray });
  const { points, counts, total } = ecdf;
  if (counts.length !== points.length)
    throw new ShapeError(`ecdf test: ${counts.length} counts for ${points.length} points, give one for each`);
  counts.forEach((count) => checkArgument("ecdf test", "a count", count, integerFrom(0, total)));
  let tail = 0.5;
  points.forEach((point, i) => {
    const below = binomialCdf(counts[i], total, point);
    const above = binomialCdf(total - counts[i], total, 1 - point);
    tail = Math.min(tail, below, above);
  });
  const bound = Math.min(1, 2 * points.length * tail);
  if (tail < smallestTail || tail >= 0.5) return bound;
  return Math.min(bound, Math.max(0, 1 - insideProbability(points, total, bandOf(points, total, tail))));
}

/** Throws InputError unless there are points between 0 and 1 and a number of values. */
function checkPoints(of: string, ecdf: Pick<Ecdf, "points" | "total">): void {
  checkEntries(of, "the ecdf", ecdf, { points: numberArray, total: positiveInteger });
  if (ecdf.points.length === 0) throw new ShapeError(`${of}: there are no points, give one or more`);
  ecdf.points.forEach((point) => checkArgument(of, "a point", point, numberBetween(0, 1)));
}

function bandOf(points: Float64Array, total: number, tail: number): EcdfBand {
  const intervals = Array.from(points, (point) => binomialInterval(total, point, tail));
  return { low: Int32Array.from(intervals, ([low]) => low), high: Int32Array.from(intervals, ([, high]) => high) };
}

/**
 * The probability that N uniform numbers stay in a band. The number R_i below point i is a Markov chain: each of the N
 * - R_i numbers above point i is below point i + 1 with probability (z_(i+1) - z_i) / (1 - z_i).
 */
export function insideProbability(points: Float64Array, total: number, { low, high }: EcdfBand): number {
  const logFactorial = logFactorials(total);
  // The probabilities of R_i = from, from + 1, ... without leaving the band before.
  let [from, probabilities] = [0, Float64Array.of(1)];
  points.forEach((point, i) => {
    const before = i === 0 ? 0 : points[i - 1];
    const share = (point - before) / (1 - before);
    const [logShare, logRest] = [Math.log(share), Math.log1p(-share)];
    const next = new Float64Array(high[i] - low[i] + 1);
    probabilities.forEach((probability, offset) => {
      if (probability === 0) return;
      const left = total - from - offset;
      for (let k = Math.max(low[i], from + offset); k <= high[i]; k++) {
        const more = k - from - offset;
        const logChoices = logFactorial[left] - logFactorial[more] - logFactorial[left - more];
        next[k - low[i]] += probability * Math.exp(logChoices + more * logShare + (left - more) * logRest);
      }
    });
    [from, probabilities] = [low[i], next];
  });
  return probabilities.reduce((sum, probability) => sum + probability, 0);
}
