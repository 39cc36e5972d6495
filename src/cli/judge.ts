import { comparisonMarkdown, jsonLines, readResults, verdictTable, withJudgement } from "../../studies/images/index.js";
import { resolve } from "node:path";
import { InputError } from "../errors.js";
import { writeFileAtomically } from "../storage/index.js";
import { type CommandDefinition } from "./command.js";
import { requireWritable } from "./outputs.js";
import { suiteFile } from "./suite.js";
import { textTable } from "./text-table.js";

/** Options of `vfm judge`. */
export interface JudgeCommandOptions {
  results?: string;
  tables?: string;
}

/** `vfm judge`: counts, in the results of a benchmark, on how many problems each claim about the model holds. */
export const judgeCommand: CommandDefinition<JudgeCommandOptions> = {
  name: "judge",
  description: "count on how many problems of a benchmark each claim about the model holds, and save the judgement",
  options: (command) =>
    command
      .option("--results <file>", "what `vfm benchmark` wrote (default: benchmarks/images/results.json, in a clone)")
      .option("--tables <file>", "also write the comparison's tables, as Markdown"),
  example: "vfm judge --results out/benchmark/results.json --json",
  run: async ({ results: given, tables }) => {
    const path = given ?? suiteFile("results.json");
    const files = [path, ...(tables === undefined ? [] : [tables])];
    if (tables !== undefined && resolve(tables) === resolve(path))
      throw new InputError(`--tables and --results name the same file, ${path}: name another one for the tables`);
    for (const file of files) await requireWritable(file, "file");
    const results = withJudgement(await readResults(path));
    await writeFileAtomically(path, jsonLines(results));
    const { judgement } = results;
    if (tables !== undefined) await writeFileAtomically(tables, comparisonMarkdown(results));
    const { head, rows } = verdictTable(judgement);
    return {
      json: { file: path, ...(tables !== undefined && { tables }), judgement },
      text: [textTable(head, rows), "", `Kept in ${files.join(" and ")}`].join("\n"),
    };
  },
};
