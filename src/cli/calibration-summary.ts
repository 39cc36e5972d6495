import { type DiagnosticName, diagnosticNames, type Verdict } from "../metrics/calibration/index.js";

/** What a diagnostic found, over all its quantities. */
export interface DiagnosticSummary {
  tests: number;
  /** The tests whose p-value is below the threshold. */
  rejected: number;
  smallestPValue: number;
}

/** A verdict as `--json` prints it. */
export interface VerdictSummary {
  passed: boolean;
  caughtBy: readonly DiagnosticName[];
  /** A p-value below it rejects. */
  threshold: number;
  diagnostics: Partial<Record<DiagnosticName, DiagnosticSummary>>;
}

/** Sums a verdict up: its tests may be thousands, two a pixel. */
export function summariseVerdict({ passed, caughtBy, threshold, findings }: Verdict): VerdictSummary {
  const diagnostics = diagnosticNames.flatMap((name): [DiagnosticName, DiagnosticSummary][] => {
    const pValues = findings.filter(({ diagnostic }) => diagnostic === name).map(({ pValue }) => pValue);
    if (pValues.length === 0) return [];
    const rejected = pValues.filter((pValue) => pValue < threshold).length;
    return [[name, { tests: pValues.length, rejected, smallestPValue: Math.min(...pValues) }]];
  });
  return { passed, caughtBy, threshold, diagnostics: Object.fromEntries(diagnostics) };
}

/** The head of the table of verdicts. */
export const verdictHead: readonly string[] = ["sampler", "verdict", ...diagnosticNames];

/** One line of the table of verdicts: for each diagnostic how many of its tests reject, and the smallest p-value. */
export function verdictRow(name: string, { passed, diagnostics }: VerdictSummary): string[] {
  const cell = (diagnostic: DiagnosticName): string => {
    const found = diagnostics[diagnostic];
    if (found === undefined) return "–";
    const { rejected, tests, smallestPValue } = found;
    const share = tests > 1 ? ` ${rejected}/${tests}` : "";
    return `${rejected > 0 ? "caught" : "passes"}${share} (p ${pValueText(smallestPValue)})`;
  };
  return [name, passed ? "passes" : "caught", ...diagnosticNames.map(cell)];
}

function pValueText(pValue: number): string {
  if (pValue < 1e-99) return "< 1e-99";
  return pValue < 1e-4 ? pValue.toExponential(0) : pValue.toFixed(4);
}
