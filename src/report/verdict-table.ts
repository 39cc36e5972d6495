import { type DiagnosticName, diagnosticNames, type VerdictSummary } from "../metrics/calibration/index.js";

/** The head of the table of verdicts. */
export const verdictHead: readonly string[] = ["sampler", "verdict", ...diagnosticNames];

/** One line of the table of verdicts: for each diagnostic the number of tests that reject, and the smallest p-value. */
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
