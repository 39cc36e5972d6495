import { chiSquareTest } from "./chi-square.js";
import { ecdfTest, rankEcdf } from "./ecdf.js";
import { coverageTest } from "./expected-coverage.js";
import { coordinate, distanceTo, likelihoodOf, rankQuantity } from "./quantities.js";
import { type Ranks } from "./ranks.js";
import { type SampledSimulations, type Table } from "./simulations.js";

/** The names of the diagnostics, in the order in which they are reported. */
export const diagnosticNames = [
  "sbc-chi-square",
  "sbc-ecdf",
  "coverage",
  "tarp",
  "tarp-observation",
  "sbc-likelihood",
] as const;

/** A diagnostic's name. */
export type DiagnosticName = (typeof diagnosticNames)[number];

/** Ranks of one quantity. */
export interface RankedQuantity {
  /** What kind of quantity it is: decides which diagnostics it goes through. */
  readonly kind: "coordinate" | "pixel" | "tarp" | "tarp-observation" | "likelihood";
  /** E.g. "x1". */
  readonly name: string;
  readonly ranks: Ranks;
}

/** One test of one quantity. */
export interface Finding {
  readonly diagnostic: DiagnosticName;
  readonly quantity: string;
  /** The probability of ranks as far from uniform, if the posterior is exact. */
  readonly pValue: number;
}

/** What the diagnostics say of a sampler. */
export interface Verdict {
  /** Whether no diagnostic rejects it. */
  readonly passed: boolean;
  /** The diagnostics that reject it. */
  readonly caughtBy: readonly DiagnosticName[];
  /** The probability that an exact sampler is caught by any of them, at most. */
  readonly level: number;
  /** level / number of tests (Bonferroni): a p-value below it rejects. */
  readonly threshold: number;
  readonly findings: readonly Finding[];
}

/** What the battery needs beside the samples. */
export interface BatteryOptions {
  /** Names of the coordinates of x. */
  readonly names: readonly string[];
  /** log p(y | x) of x [d] and y [k], up to a constant. */
  logLikelihood(x: Table, y: Table): number;
  /** TARP's reference points drawn without a look at the observations, [N, d]. */
  readonly references: Table;
  /** TARP's reference points that depend on the observations, [N, d]. */
  readonly observedReferences: Table;
  /** Draws a number uniform in [0, 1), for ties. */
  uniform(): number;
}

/**
 * Ranks every coordinate, the distances to both kinds of reference points, and the likelihood.
 *
 * @example
 * const sampled = await calibration.sampleSimulations(simulations, sampler, 99, 0);
 * const ranked = calibration.rankAll(sampled, {
 *   names: ["x"],
 *   logLikelihood: ([x], [y]) => -((y - x) ** 2) / 2,
 *   references: Float64Array.from(sampled.truths, () => random.normal()),
 *   observedReferences: sampled.observations,
 *   uniform: random.uniform,
 * });
 */
export function rankAll(sampled: SampledSimulations, options: BatteryOptions): RankedQuantity[] {
  const { names, references, observedReferences, logLikelihood, uniform } = options;
  return [
    ...names.map((name, k) => ({ kind: "coordinate" as const, name, quantity: coordinate(k) })),
    { kind: "tarp" as const, name: "distance to random points", quantity: distanceTo(references) },
    {
      kind: "tarp-observation" as const,
      name: "distance to points near y",
      quantity: distanceTo(observedReferences),
    },
    { kind: "likelihood" as const, name: "log p(y | x)", quantity: likelihoodOf(sampled, logLikelihood) },
  ].map(({ kind, name, quantity }) => ({ kind, name, ranks: rankQuantity(sampled, quantity, uniform) }));
}

/**
 * Tests ranked quantities, each by the diagnostics of its kind.
 *
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const findings = calibration.testRanks([{ kind: "coordinate", name: "x1", ranks }]);
 */
export function testRanks(ranked: readonly RankedQuantity[]): Finding[] {
  return ranked.flatMap(({ kind, name: quantity, ranks }): Finding[] => {
    const ecdf = (diagnostic: DiagnosticName): Finding => ({
      diagnostic,
      quantity,
      pValue: ecdfTest(rankEcdf(ranks)),
    });
    if (kind === "likelihood") return [ecdf("sbc-likelihood")];
    if (kind !== "coordinate" && kind !== "pixel") return [ecdf(kind)];
    const both: Finding[] = [ecdf("sbc-ecdf"), { diagnostic: "coverage", quantity, pValue: coverageTest(ranks) }];
    // Pixels are many and each has few ranks: the chi-square law does not hold far enough into its tail for them.
    return kind === "pixel"
      ? both
      : [{ diagnostic: "sbc-chi-square", quantity, pValue: chiSquareTest(ranks) }, ...both];
  });
}

/**
 * Judges a sampler by all tests together. Each is held against level / number of tests, so that an exact sampler is
 * caught by any of them with a probability of `level` at most (Bonferroni).
 *
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const findings = calibration.testRanks([{ kind: "coordinate", name: "x1", ranks }]);
 * const { passed, caughtBy } = calibration.judge(findings, 0.05);
 */
export function judge(findings: readonly Finding[], level: number): Verdict {
  const threshold = level / findings.length;
  const caught = new Set(findings.filter(({ pValue }) => pValue < threshold).map(({ diagnostic }) => diagnostic));
  const caughtBy = diagnosticNames.filter((name) => caught.has(name));
  return { passed: caughtBy.length === 0, caughtBy, level, threshold, findings };
}
