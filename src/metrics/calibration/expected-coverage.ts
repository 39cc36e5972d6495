import { ecdfAt, type Ecdf, ecdfTest } from "./ecdf.js";
import { checkArgument, checkEntries, numberArray, numberBetween, numberFrom } from "../../options.js";
import { ShapeError } from "../../errors.js";
import { type Ranks } from "./ranks.js";
import { binomialInterval } from "./special-functions.js";

/** The levels of the central credible intervals: 5 %, 10 %, ..., 95 %. */
export const credibleLevels: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** The coverage of the central credible intervals of one level. */
export interface CoveragePoint {
  /** Credible level. */
  readonly level: number;
  /** Share of the truths inside. */
  readonly empirical: number;
  /** Binomial limits: the shares of all levels lie within theirs with probability `bandLevel` or more if the posterior is exact. */
  readonly low: number;
  readonly high: number;
}

/**
 * Expected coverage: the share of the truths that the central credible interval covers, for each level.
 *
 * A truth lies in the central interval of level c if its position u (the randomised probability integral transform) has
 * |2 u - 1| < c. For exact samples, whatever their number, this has probability c.
 *
 * @throws InputError if the level is not between 0 and 1, or the positions are not valid
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const curve = calibration.expectedCoverage(ranks); // one point for each level
 */
export function expectedCoverage(ranks: Pick<Ranks, "positions">, bandLevel = 0.95): CoveragePoint[] {
  checkArgument("expected coverage", "the level of the band", bandLevel, numberBetween(0, 1));
  const { points, counts, total } = coverageEcdf(ranks);
  return Array.from(points, (level, i) => {
    const [low, high] = binomialInterval(total, level, (1 - bandLevel) / (2 * credibleLevels.length));
    return { level, empirical: counts[i] / total, low: low / total, high: high / total };
  });
}

/**
 * Tests the coverage at all levels at once: |2 u - 1| should be uniform, which `ecdfTest` tests.
 *
 * @returns the p-value
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const isSuspicious = calibration.coverageTest(ranks) < 0.01;
 */
export function coverageTest(ranks: Pick<Ranks, "positions">): number {
  return ecdfTest(coverageEcdf(ranks));
}

function coverageEcdf(ranks: Pick<Ranks, "positions">): Ecdf {
  checkEntries("expected coverage", "ranks", ranks, { positions: numberArray });
  const { positions } = ranks;
  if (positions.length === 0) throw new ShapeError("expected coverage: there are no positions, give one or more");
  positions.forEach((position) => checkArgument("expected coverage", "a position", position, numberFrom(0, 1)));
  return ecdfAt(
    positions.map((u) => Math.abs(2 * u - 1)),
    Float64Array.from(credibleLevels),
  );
}
