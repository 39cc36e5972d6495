import { Option } from "commander";
import { join } from "node:path";
import {
  benchmarkReport,
  cellTables,
  jsonLines,
  keptResult,
  type JudgedResults,
  runBenchmark,
  verdictTable,
  withJudgement,
} from "../../studies/images/index.js";
import { InputError } from "../errors.js";
import { writeFileAtomically } from "../storage/index.js";
import { type CommandDefinition } from "./command.js";
import { integerOption } from "./options.js";
import { requireWritable } from "./outputs.js";
import { inPackage } from "./package-folder.js";
import { chosenSuite, readTuned, type SuiteOptions, suiteOptions, tunedPath } from "./suite.js";
import { textTable } from "./text-table.js";

/** Options of `vfm benchmark`. */
export interface BenchmarkCommandOptions extends SuiteOptions {
  suite: "images";
  resume: boolean;
  gather: boolean;
  timeAgain: boolean;
  images?: number;
  out: string;
}

/** `vfm benchmark`: the Variational Flow Map and its baselines on the same images, observations and prior. */
export const benchmarkCommand: CommandDefinition<BenchmarkCommandOptions> = {
  name: "benchmark",
  description:
    "compare the model with guided samplers, an adapter alone and conditional networks: tables, pictures, plots",
  options: (command) =>
    suiteOptions(
      command.addOption(new Option("--suite <name>", "what is compared").choices(["images"]).makeOptionMandatory()),
    )
      .option("--images <n>", "test images (default: the suite's)", integerOption(1))
      .option("--resume", "continue with the cells that the folder already has", false)
      .addOption(
        new Option("--gather", "only report on the cells that the folder has; nothing is run")
          .default(false)
          .conflicts(["resume", "timeAgain"]),
      )
      .option("--time-again", "measure the seconds per sample again; best while nothing else runs", false)
      .option(
        "--out <dir>",
        "the folder for results.json, report.html, plots and cells; --quick writes to its subfolder `quick`",
        "out/benchmark",
      ),
  example: "vfm benchmark --suite images --quick --json",
  computes: true,
  seedDefault: "the suite's",
  run: async (options, { givenSeed, signal, progress }) => {
    const { resume } = options;
    // Results that took hours are never replaced unasked; those of a quick run are.
    const out = options.quick ? join(options.out, "quick") : options.out;
    await requireWritable(out, "folder");
    const whole = await chosenSuite(options, givenSeed);
    const suite = { ...whole, images: options.images ?? whole.images };
    const tuned = await readTuned(tunedPath(options));
    if (tuned === undefined && options.tuned !== undefined)
      throw new InputError(`${options.tuned} does not exist: make it with vfm tune, or leave --tuned out`);
    if (!options.gather)
      await runBenchmark({
        suite,
        tuned,
        folder: out,
        resume,
        again: options.quick,
        timeAgain: options.timeAgain,
        problems: options.problem,
        onProgress: (done, label) => progress.update(done, label),
        signal,
      });
    // Cells of networks that are missing now are kept.
    const found = await keptResult(suite, out, options.problem);
    const missing = found.missing.map(inPackage);
    const results = withJudgement({ suite: options.suite, tuned: tuned !== undefined, ...found, missing });
    const { html, figures } = await benchmarkReport(results, out);
    await writeFileAtomically(join(out, "results.json"), jsonLines(results));
    await writeFileAtomically(join(out, "report.html"), html);
    for (const [name, { svg }] of Object.entries(figures)) await writeFileAtomically(join(out, `${name}.svg`), svg);
    return { json: { ...results }, text: `${resultsText(results)}\nReport: ${join(out, "report.html")}` };
  },
};

function resultsText(results: JudgedResults): string {
  const { cells, judgement, missing } = results;
  const tables = cellTables(cells).flatMap(({ dataset, problem, head, rows }) => [
    `${dataset}: ${problem} (* best)`,
    textTable(
      head,
      // Intervals are in the report and in the JSON: a terminal has no room for them.
      rows.map((row) => row.map(({ text, best }) => `${text.split(" [")[0]}${best ? "*" : ""}`)),
    ),
    "",
  ]);
  const { head, rows } = verdictTable(judgement);
  const absent = missing.length === 0 ? [] : [`Missing, and not run: ${missing.join(", ")}`];
  return [...tables, textTable(head, rows), "", ...absent].join("\n");
}
