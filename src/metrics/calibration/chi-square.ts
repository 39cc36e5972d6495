import { checkArgument, numberBetween } from "../../options.js";
import { checkRanks, type Ranks } from "./ranks.js";
import { binomialInterval, chiSquareTail } from "./special-functions.js";

/** A histogram of ranks. */
export interface RankHistogram {
  /** The number of ranks in each bin. */
  readonly counts: Int32Array;
  /** The number expected there if the ranks are uniform. */
  readonly expected: Float64Array;
  /** Binomial limits: the counts of all bins lie within theirs with probability `bandLevel` or more (Bonferroni). */
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Least expected number of ranks in a bin, if there are so many ranks; the chi-square approximation is then close. */
const expectedInBin = 25;
const mostBins = 20;

/**
 * Counts ranks in bins of equal width, or as equal as the number of slots allows: at most 20, fewer if there are few
 * ranks or slots.
 *
 * @throws InputError if there are no ranks, or one is out of range, or the level is not between 0 and 1
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const { counts } = calibration.rankHistogram(ranks); // about the same in every bin
 */
export function rankHistogram(given: Pick<Ranks, "ranks" | "slots">, bandLevel = 0.95): RankHistogram {
  checkRanks("rank histogram", given);
  checkArgument("rank histogram", "the level of the band", bandLevel, numberBetween(0, 1));
  const { ranks, slots } = given;
  const most = Math.max(2, Math.min(mostBins, slots, Math.floor(ranks.length / expectedInBin)));
  // From the greatest number down to half of it.
  const candidates = Array.from({ length: Math.floor(most / 2) + 1 }, (_, i) => most - i).filter((count) => count > 1);
  const bins = candidates.find((candidate) => slots % candidate === 0) ?? most;
  const binOf = (rank: number): number => Math.floor((rank * bins) / slots);
  const counts = new Int32Array(bins);
  const expected = new Float64Array(bins);
  for (const rank of ranks) counts[binOf(rank)] += 1;
  for (let rank = 0; rank < slots; rank++) expected[binOf(rank)] += ranks.length / slots;
  const tail = (1 - bandLevel) / (2 * bins);
  const limits = Array.from(expected, (mean) => binomialInterval(ranks.length, mean / ranks.length, tail));
  return {
    counts,
    expected,
    low: Int32Array.from(limits, ([low]) => low),
    high: Int32Array.from(limits, ([, high]) => high),
  };
}

/**
 * Pearson's test of uniform ranks: sum((count - expected)^2 / expected) over the bins of `rankHistogram` has a
 * chi-square distribution, with one degree of freedom less than bins, if there are many ranks.
 *
 * @returns the p-value
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const isSuspicious = calibration.chiSquareTest(ranks) < 0.01;
 */
export function chiSquareTest(ranks: Pick<Ranks, "ranks" | "slots">): number {
  const { counts, expected } = rankHistogram(ranks);
  const statistic = counts.reduce((sum, count, bin) => sum + (count - expected[bin]) ** 2 / expected[bin], 0);
  return chiSquareTail(statistic, counts.length - 1);
}
