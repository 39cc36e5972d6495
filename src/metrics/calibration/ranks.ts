import { ShapeError } from "../../errors.js";
import { aFunction, checkArgument, checkEntries, integerFrom, numberArray } from "../../options.js";
import { checkFinite } from "../arrays.js";
import { type Table } from "./simulations.js";

/**
 * The ranks of N truths, each among the L posterior samples of its own observation.
 *
 * If the samples are from the exact posterior, truth and samples are exchangeable, and every rank is uniform on 0 ... L
 * (Cook, Gelman and Rubin 2006; Talts et al. 2018). All diagnostics of this folder test this for different quantities.
 */
export interface Ranks {
  /** [N], integers 0 ... L: the number of samples below the truth. */
  readonly ranks: Int32Array;
  /** L + 1, the number of possible values of a rank. */
  readonly slots: number;
  /** [N], (rank + U) / (L + 1) with U uniform in [0, 1): uniform in [0, 1) where the ranks are uniform. */
  readonly positions: Float64Array;
}

/** Checks ranks from elsewhere. Throws InputError if there are none, or one is not in 0 ... slots - 1. */
export function checkRanks(of: string, ranks: Pick<Ranks, "ranks" | "slots">): void {
  checkEntries(of, "ranks", ranks, { ranks: numberArray, slots: integerFrom(2) });
  if (ranks.ranks.length === 0) throw new ShapeError(`${of}: there are no ranks, give one or more`);
  const possible = integerFrom(0, ranks.slots - 1);
  ranks.ranks.forEach((rank) => checkArgument(of, "a rank", rank, possible));
}

/**
 * Ranks numbers among samples. Ties are broken at random, so that the ranks stay uniform if values repeat.
 *
 * @param truths [N]
 * @param samples [N, L]
 * @param uniform draws a number uniform in [0, 1)
 * @throws ShapeError if there are not L >= 1 samples for each truth
 * @throws InputError if a value is not finite
 * @example
 * const truths = Float64Array.of(0.5, 2);
 * const samples = Float64Array.of(0.1, 0.7, 0.4, 3, 1, 5);
 * calibration.rankTruths(truths, samples, random.uniform).ranks; // [2, 1]
 */
export function rankTruths(truths: Table, samples: Table, uniform: () => number): Ranks {
  checkFinite(truths, "ranks, the truths");
  checkFinite(samples, "ranks, the samples");
  checkArgument("ranks", "uniform", uniform, aFunction);
  const count = truths.length;
  const each = samples.length / count;
  if (count === 0 || each < 1 || !Number.isInteger(each))
    throw new ShapeError(
      `ranks: ${samples.length} samples for ${count} truths: give each truth equally many, one or more`,
    );
  const ranks = new Int32Array(count);
  const positions = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let [below, equal] = [0, 0];
    for (let j = i * each; j < (i + 1) * each; j++) {
      if (samples[j] < truths[i]) below += 1;
      else if (samples[j] === truths[i]) equal += 1;
    }
    ranks[i] = below + Math.floor(uniform() * (equal + 1));
    positions[i] = (ranks[i] + uniform()) / (each + 1);
  }
  return { ranks, slots: each + 1, positions };
}
