import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { InputError } from "../errors.js";
import {
  cellsOf,
  type CheckerboardRun,
  fullEvaluation,
  keepRun,
  InterruptedPhase,
  readRuns,
  readSweep,
  runCheckerboard,
  runSweep,
  scoresTable,
  sweepTable,
  sweepSchema,
  writeCheckerboardReport,
} from "../../studies/checkerboard/index.js";
import { readJson } from "../storage/index.js";
import { readTrainConfig, type TrainConfig } from "../train/configuration/index.js";
import { type CommandDefinition, type Context, type Outcome } from "./command.js";
import { runLinearGaussian } from "./linear-gaussian.js";
import { flagOf, integerOption } from "./options.js";
import { requireWritable } from "./outputs.js";
import { packageFolder } from "../platform/node/index.js";
import { textTable } from "./text-table.js";

/** Options of `vfm experiment`. */
export interface ExperimentCommandOptions {
  name: string;
  preset?: string;
  sweep?: string | true;
  taus?: number[];
  alphas?: number[];
  cells?: RegExp;
  iterations?: number;
  pairs?: number;
  samples?: number;
  out?: string;
  resume?: true;
  reportFrom?: string;
}

const presetNames = ["quick", "paper", "best"];

const defaultPreset = "quick";

/**
 * `vfm experiment`: trains, scores and draws the checkerboard, or draws it from its kept results; or computes the
 * linear-Gaussian case.
 */
export const experimentCommand: CommandDefinition<ExperimentCommandOptions> = {
  name: "experiment",
  description: "run an experiment of the paper, or make its report from kept results: checkerboard, linear-gaussian",
  argument: { name: "<name>", description: "checkerboard, or linear-gaussian (takes --out alone)", key: "name" },
  options: (command: Command) =>
    // No option has a default here: one that does not belong to the experiment is refused if it is given.
    command
      .option("--preset <name>", `${presetNames.join(", ")}, or a configuration file (default: ${defaultPreset})`)
      .option("--sweep [file]", "run a grid of variants: a file, or the one that ships (tau, alpha, EMA, z detached)")
      .option("--taus <list>", "only these taus of the sweep's grid, e.g. 0.1,1", numbersOption)
      .option("--alphas <list>", "only these alphas of the sweep's grid", numbersOption)
      .option("--cells <pattern>", "only the cells of the sweep whose names match", patternOption)
      .option("--iterations <n>", "joint iterations (default: the preset's or the sweep's)", integerOption(1))
      .option("--pairs <n>", `pairs (x, y) of the evaluation (default: ${fullEvaluation.pairs})`, integerOption(2))
      .option("--samples <n>", `posterior samples of each y (default: ${fullEvaluation.samples})`, integerOption(2))
      .option("--out <dir>", "the experiment's folder (default: runs/checkerboard-<preset> or runs/linear-gaussian)")
      .option("--resume", "continue the run or the sweep in the folder")
      .option("--report-from <dir>", "train nothing: make the report from the results in a folder"),
  example: "vfm experiment checkerboard --preset quick --json",
  computes: true,
  seedDefault: "the preset's",
  endsItself: true,
  run: async (options, context) => {
    if (options.name === "linear-gaussian") {
      refuseUnused(options, ["out"], options.name);
      return runLinearGaussian(options.out ?? join("runs", "linear-gaussian"), context);
    }
    if (options.name !== "checkerboard")
      throw new InputError(`there is no experiment "${options.name}": use checkerboard or linear-gaussian`);
    const { reportFrom, preset = defaultPreset } = options;
    if (reportFrom !== undefined) refuseUnused(options, ["reportFrom", "out"], "--report-from");
    if (options.sweep !== undefined && options.preset !== undefined)
      throw new InputError("--sweep trains the preset that its file names: leave --preset out");
    const out = options.out ?? join("runs", `checkerboard-${basename(reportFrom ?? preset, ".json")}`);
    const narrowing = (["taus", "alphas", "cells"] as const).find((name) => options[name] !== undefined);
    if (narrowing !== undefined && options.sweep === undefined)
      throw new InputError(`--${narrowing} chooses cells of a sweep: give --sweep too`);
    await requireWritable(out, "folder");
    if (reportFrom !== undefined) return context.interruptible(reportKept(reportFrom, out));
    try {
      return await (options.sweep === undefined ? runPreset : sweepPreset)({ ...options, out }, context);
    } catch (error) {
      if (!(error instanceof InterruptedPhase)) throw error;
      return { json: { complete: false, out }, text: error.message, failed: true };
    }
  },
};

/** @throws InputError if an option is given that is not among those that are used */
function refuseUnused(
  options: ExperimentCommandOptions,
  used: readonly (keyof ExperimentCommandOptions)[],
  what: string,
): void {
  const known: readonly string[] = ["name", ...used];
  const unused = Object.keys(options).find((key) => !known.includes(key));
  if (unused === undefined) return;
  throw new InputError(`${what} does not use ${flagOf(unused)}: leave it out`);
}

type RunOptions = ExperimentCommandOptions & { out: string };

async function runPreset(options: RunOptions, context: Context): Promise<Outcome> {
  const { preset = defaultPreset, out } = options;
  const config = await presetConfig(preset, context);
  const kept = await runCheckerboard(config, runOf(preset, options, context));
  await keepRun(out, kept);
  const files = await context.interruptible(writeCheckerboardReport(out, [kept], undefined));
  const { head, rows } = scoresTable([kept.result]);
  const text = [textTable(head, rows), "", `Report: ${join(out, files[0])}`].join("\n");
  return { json: { ...kept.result }, text };
}

async function sweepPreset(options: RunOptions, context: Context): Promise<Outcome> {
  const { out } = options;
  const file = typeof options.sweep === "string" ? options.sweep : shippedFile("sweep");
  const sweep = await context.interruptible(readJson(file, sweepSchema));
  const config = await presetConfig(sweep.preset, context);
  const cells = cellsOf({ ...sweep, grid: narrowed(sweep.grid, options, file) }).filter(
    ({ name }) => options.cells?.test(name) ?? true,
  );
  if (cells.length === 0) throw new InputError(`the options leave no cell of ${file}: widen them`);
  const iterations = options.iterations ?? sweep.iterations;
  const run = { ...runOf(sweep.preset, options, context), iterations };
  const kept = await runSweep(config, { settings: sweep.settings, cells }, run);
  const files = await context.interruptible(writeCheckerboardReport(out, [], kept));
  const { head, rows } = sweepTable(kept);
  return {
    json: { ...kept, report: join(out, files[0]) },
    text: [textTable(head, rows), "", `Report: ${join(out, files[0])}`].join("\n"),
  };
}

async function reportKept(from: string, out: string): Promise<Outcome> {
  const [runs, sweep] = [await readRuns(from), await readSweep(from)];
  if (runs.length === 0 && sweep === undefined)
    throw new InputError(`${from} holds no results: name the folder of an experiment`);
  const files = await writeCheckerboardReport(out, runs, sweep);
  const results = runs.map(({ result }) => result);
  const tables = [
    ...(runs.length > 0 ? [scoresTable(results)] : []),
    ...(sweep === undefined ? [] : [sweepTable(sweep)]),
  ];
  const json = { runs: results, ...(sweep && { sweep }), files: files.map((name) => join(out, name)) };
  const text = tables.map(({ head, rows }) => textTable(head, rows));
  return { json, text: [...text, `Report: ${join(out, files[0])}`].join("\n\n") };
}

function runOf(preset: string, options: RunOptions, { signal, progress }: Context): CheckerboardRun {
  const {
    out: folder,
    resume = false,
    pairs = fullEvaluation.pairs,
    samples = fullEvaluation.samples,
    iterations,
  } = options;
  return {
    preset: basename(preset, ".json"),
    folder,
    resume,
    size: { ...fullEvaluation, pairs, samples, priorSamples: Math.max(pairs, fullEvaluation.priorSamples) },
    signal,
    ...(iterations === undefined ? {} : { iterations }),
    onProgress: (done, label) => progress.update(done, label),
  };
}

async function presetConfig(preset: string, { givenSeed, interruptible }: Context): Promise<TrainConfig> {
  const path = presetNames.includes(preset) ? shippedFile(preset) : preset;
  if (!existsSync(path))
    throw new InputError(`there is no preset "${preset}": use ${presetNames.join(", ")} or a file`);
  const config = await interruptible(readTrainConfig(path));
  return { ...config, seed: givenSeed ?? config.seed };
}

function shippedFile(name: string): string {
  return join(packageFolder(), "studies", "checkerboard", `${name}.json`);
}

/**
 * The grid with only the taus and alphas that the options name.
 *
 * @throws InputError if the grid does not have one of them
 */
function narrowed(
  grid: Parameters<typeof cellsOf>[0]["grid"],
  { taus, alphas }: Pick<ExperimentCommandOptions, "taus" | "alphas">,
  file: string,
): typeof grid {
  const chosen = Object.entries({ tau: taus, alpha: alphas }).flatMap(([name, values]) => {
    const known = grid?.[name] ?? [];
    const unknown = values?.find((value) => !known.includes(value));
    if (unknown !== undefined)
      throw new InputError(`the grid of ${file} has no ${name} ${unknown}: it has ${known.join(", ") || "none"}`);
    return values === undefined ? [] : [[name, values] as const];
  });
  return grid && { ...grid, ...Object.fromEntries(chosen) };
}

function numbersOption(text: string): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (!values.every((value) => Number.isFinite(value)))
    throw new InvalidArgumentError("It has to be numbers separated by commas.");
  return values;
}

function patternOption(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError("It has to be a regular expression.");
  }
}
