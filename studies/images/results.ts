import { z } from "zod";
import { readJson } from "../../src/storage/index.js";
import { checkedCell } from "./cell.js";
import { type Comparison, compareWithBaselines } from "./comparison.js";
import { checkedDifference } from "../../src/evaluate/index.js";
import { judgeResults, type Verdict } from "./judgement.js";
import { checkedPrior } from "./kept-prior.js";
import { type BenchmarkResult } from "./kept-result.js";

const resultsSchema = z.looseObject({
  suite: z.string(),
  /** Whether the guided samplers had tuned settings instead of the published ones. */
  tuned: z.boolean(),
  missing: z.array(z.string()),
  cells: z.array(checkedCell),
  differences: z.array(checkedDifference).default([]),
  prior: z.array(checkedPrior).default([]),
  unseen: z.array(checkedCell).default([]),
});

/** The results of a benchmark, as stored in `results.json`. */
export type Results = BenchmarkResult & { suite: string; tuned: boolean };

/** The results with the comparison and the judgement. */
export type JudgedResults = Results & { comparisons: Comparison[]; judgement: Verdict[] };

/**
 * Reads results that `vfm benchmark` wrote, without the comparison and the judgement, which `withJudgement` computes
 * again.
 *
 * @throws InputError naming the file and the entry that is wrong
 */
export async function readResults(path: string): Promise<Results> {
  const { suite, tuned, missing, cells, differences, prior, unseen } = await readJson(path, resultsSchema);
  return { suite, tuned, missing, cells, differences, prior, unseen };
}

/** Adds the comparison and the judgement to results. */
export function withJudgement(results: Results): JudgedResults {
  const { suite, tuned, missing, ...found } = results;
  return {
    suite,
    tuned,
    missing,
    judgement: judgeResults(found),
    comparisons: compareWithBaselines(found.cells),
    ...found,
  };
}

/** An object as JSON with one line for each element of an array, which is short and gives readable diffs. */
export function jsonLines(value: object): string {
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${linesOf(entry)}`);
  return `{\n  ${entries.join(",\n  ")}\n}\n`;
}

function linesOf(entry: unknown): string {
  if (!Array.isArray(entry) || entry.length === 0) return JSON.stringify(entry);
  return `[\n    ${entry.map((element) => JSON.stringify(element)).join(",\n    ")}\n  ]`;
}
