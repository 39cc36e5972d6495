import { InputError, ShapeError } from "../../errors.js";
import { chiSquareTest } from "./chi-square.js";
import { ecdfTest, rankEcdf } from "./ecdf.js";
import {
  aFunction,
  aList,
  anObject,
  anyValue,
  checkArgument,
  checkEntries,
  numberArray,
  numberBetween,
  numberFrom,
  oneOf,
} from "../../options.js";
import { coverageTest } from "./expected-coverage.js";
import { coordinate, distanceTo, likelihoodOf, rankQuantity } from "./quantities.js";
import { type Ranks } from "./ranks.js";
import { formOfSamples, rowOf, type SampledSimulations, type Table } from "./simulations.js";

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

const quantityKinds = ["coordinate", "pixel", "tarp", "tarp-observation", "likelihood"] as const;

/** Ranks of one quantity. */
export interface RankedQuantity {
  /** The kind of the quantity, which decides the diagnostics that are applied to it. */
  readonly kind: (typeof quantityKinds)[number];
  /** E.g. "x1". */
  readonly name: string;
  readonly ranks: Ranks;
}

/** One test of one quantity. */
export interface Finding {
  readonly diagnostic: DiagnosticName;
  readonly quantity: string;
  /** The probability of ranks at least as far from uniform, if the posterior is exact. */
  readonly pValue: number;
}

/** The verdict of the diagnostics on a sampler. */
export interface Verdict {
  /** Whether no diagnostic rejects it. */
  readonly passed: boolean;
  /** The diagnostics that reject it. */
  readonly caughtBy: readonly DiagnosticName[];
  /** Greatest probability that any diagnostic rejects an exact sampler. */
  readonly level: number;
  /** level / number of tests (Bonferroni): a p-value below it rejects. */
  readonly threshold: number;
  readonly findings: readonly Finding[];
}

/** Options of the diagnostics besides the samples. */
export interface BatteryOptions {
  /** Names of the coordinates of x. */
  readonly names: readonly string[];
  /** log p(y | x) of x [d] and y [k], up to a constant. */
  logLikelihood(x: Table, y: Table): number;
  /** TARP's reference points that are drawn without using the observations, [N, d]. */
  readonly references: Table;
  /** TARP's reference points that depend on the observations, [N, d]. */
  readonly observedReferences: Table;
  /** Draws a number uniform in [0, 1), for ties. */
  uniform(): number;
}

const batteryRules = {
  names: aList,
  logLikelihood: aFunction,
  references: numberArray,
  observedReferences: numberArray,
  uniform: aFunction,
};
const aName = { wanted: "a text", accepts: (value: unknown) => typeof value === "string" };

/**
 * Ranks every coordinate, the distances to both kinds of reference points, and the likelihood.
 *
 * @throws InputError if an option is missing or wrong, ShapeError if the tables do not fit each other or the names
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
  checkEntries("rankAll", "options", options, batteryRules);
  const { names, references, observedReferences, logLikelihood, uniform } = options;
  names.forEach((name) => checkArgument("rankAll", "a name", name, aName));
  const [size] = formOfSamples("rankAll", sampled);
  for (const [name, table] of Object.entries({ references, observedReferences }))
    if (rowOf("rankAll", name, sampled, table) !== size)
      throw new ShapeError(`rankAll: ${name} are not [${sampled.count}, ${size}]: give a point for each truth`);
  if (names.length !== size)
    throw new ShapeError(`rankAll: ${names.length} names for ${size} coordinates, give one for each`);
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
 * Tests ranked quantities, each with the diagnostics of its kind.
 *
 * @throws InputError if a quantity is not valid
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const findings = calibration.testRanks([{ kind: "coordinate", name: "x1", ranks }]);
 */
export function testRanks(ranked: readonly RankedQuantity[]): Finding[] {
  checkArgument("testRanks", "the ranked quantities", ranked, aList);
  for (const quantity of ranked)
    checkEntries("testRanks", "a quantity", quantity, { kind: oneOf(quantityKinds), name: anyValue, ranks: anObject });
  return ranked.flatMap(({ kind, name: quantity, ranks }): Finding[] => {
    const ecdf = (diagnostic: DiagnosticName): Finding => ({
      diagnostic,
      quantity,
      pValue: ecdfTest(rankEcdf(ranks)),
    });
    if (kind === "likelihood") return [ecdf("sbc-likelihood")];
    if (kind !== "coordinate" && kind !== "pixel") return [ecdf(kind)];
    const both: Finding[] = [ecdf("sbc-ecdf"), { diagnostic: "coverage", quantity, pValue: coverageTest(ranks) }];
    // There are many pixels with few ranks each, for which the tail of the chi-square approximation is not accurate
    // enough.
    return kind === "pixel"
      ? both
      : [{ diagnostic: "sbc-chi-square", quantity, pValue: chiSquareTest(ranks) }, ...both];
  });
}

/** Throws InputError unless there are findings, each with a diagnostic and a p-value. */
export function checkFindings(of: string, findings: readonly Finding[]): void {
  checkArgument(of, "the findings", findings, aList);
  if (findings.length === 0) throw new InputError(`${of}: there are no findings, give one or more`);
  for (const finding of findings)
    checkEntries(of, "a finding", finding, { diagnostic: oneOf(diagnosticNames), pValue: numberFrom(0, 1) });
}

/**
 * Judges a sampler by all tests together. Each p-value is compared with level / number of tests, so that any of them
 * rejects an exact sampler with a probability of at most `level` (Bonferroni).
 *
 * @throws InputError if there are no findings, one is not valid, or the level is not between 0 and 1
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const findings = calibration.testRanks([{ kind: "coordinate", name: "x1", ranks }]);
 * const { passed, caughtBy } = calibration.judge(findings, 0.05);
 */
export function judge(findings: readonly Finding[], level: number): Verdict {
  checkFindings("judge", findings);
  checkArgument("judge", "level", level, numberBetween(0, 1));
  const threshold = level / findings.length;
  const caught = new Set(findings.filter(({ pValue }) => pValue < threshold).map(({ diagnostic }) => diagnostic));
  const caughtBy = diagnosticNames.filter((name) => caught.has(name));
  return { passed: caughtBy.length === 0, caughtBy, level, threshold, findings };
}
