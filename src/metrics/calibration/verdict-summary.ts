import { anObject, checkArgument } from "../../options.js";
import { checkFindings, type DiagnosticName, diagnosticNames, type Verdict } from "./battery.js";

/** The result of a diagnostic over all its quantities. */
export interface DiagnosticSummary {
  tests: number;
  /** The tests whose p-value is below the threshold. */
  rejected: number;
  smallestPValue: number;
}

/** A verdict as plain data, for JSON. */
export interface VerdictSummary {
  passed: boolean;
  caughtBy: readonly DiagnosticName[];
  /** A p-value below it rejects the sampler. */
  threshold: number;
  diagnostics: Partial<Record<DiagnosticName, DiagnosticSummary>>;
}

/**
 * Summarises a verdict, which may have thousands of tests, two for each pixel.
 *
 * @throws InputError if it is not a verdict with findings
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 * const findings = calibration.testRanks([{ kind: "coordinate", name: "x1", ranks }]);
 * const { diagnostics } = calibration.summariseVerdict(calibration.judge(findings, 0.05));
 */
export function summariseVerdict(verdict: Verdict): VerdictSummary {
  checkArgument("summariseVerdict", "the verdict", verdict, anObject);
  const { passed, caughtBy, threshold, findings } = verdict;
  checkFindings("summariseVerdict", findings);
  const diagnostics = diagnosticNames.flatMap((name): [DiagnosticName, DiagnosticSummary][] => {
    const pValues = findings.filter(({ diagnostic }) => diagnostic === name).map(({ pValue }) => pValue);
    if (pValues.length === 0) return [];
    const rejected = pValues.filter((pValue) => pValue < threshold).length;
    const smallestPValue = pValues.reduce((least, pValue) => Math.min(least, pValue));
    return [[name, { tests: pValues.length, rejected, smallestPValue }]];
  });
  return { passed, caughtBy, threshold, diagnostics: Object.fromEntries(diagnostics) };
}
