import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command } from "commander";
import { checkedTuned, quickSuite, readSuite, type Suite, type Tuned } from "../../studies/images/index.js";
import { InputError } from "../errors.js";
import { readJson } from "../storage/index.js";
import { packageFolder } from "../platform/node/index.js";

/** Options of the commands that run a suite. */
export interface SuiteOptions {
  config?: string;
  tuned?: string;
  dataset?: string[];
  problem?: string[];
  quick: boolean;
}

/** Adds them to a command. */
export function suiteOptions(command: Command): Command {
  return command
    .option(
      "--config <file>",
      "the suite: data sets, models, sizes (default: benchmarks/images/suite.json of the package)",
    )
    .option(
      "--tuned <file>",
      "the settings of the guided samplers (default: benchmarks/images/tuned.json of the package)",
    )
    .option("--dataset <names...>", "only these data sets of the suite")
    .option("--problem <names...>", "only these problems")
    .option("--quick", "a few images, samples and trials: a check that everything runs", false);
}

/** The path of one of the suite's kept files. */
export function suiteFile(name: string): string {
  return join(packageFolder(), "benchmarks", "images", name);
}

/** The file of tuned settings. */
export function tunedPath({ tuned }: SuiteOptions): string {
  return tuned ?? suiteFile("tuned.json");
}

/** Reads the suite. Its folders are relative to the package, or to the working directory if a suite was given. */
export async function chosenSuite(
  { config, dataset: wanted, quick }: SuiteOptions,
  seed: number | undefined,
): Promise<Suite> {
  const path = config ?? suiteFile("suite.json");
  const suite = await readSuite(path, config === undefined ? packageFolder() : ".");
  const names = suite.datasets.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InputError(`${path} has no data set "${unknown}": use ${names.join(" or ")}`);
  const datasets = suite.datasets.filter(({ name }) => wanted?.includes(name) ?? true);
  const seeded = { ...suite, datasets, seed: seed ?? suite.seed };
  return quick ? quickSuite(seeded) : seeded;
}

/** Reads tuned settings; undefined if there are none. */
export async function readTuned(path: string): Promise<Tuned | undefined> {
  return existsSync(path) ? readJson(path, checkedTuned) : undefined;
}
