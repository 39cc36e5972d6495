import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command } from "commander";
import { checkedTuned, quickSuite, readSuite, type Suite, type Tuned } from "../benchmark/index.js";
import { readJson } from "../train/index.js";
import { packageFolder } from "./package-folder.js";

/** Options of the commands that run a suite. */
export interface SuiteOptions {
  config?: string;
  tuned?: string;
  quick: boolean;
}

/** Adds them to a command. */
export function suiteOptions(command: Command): Command {
  return command
    .option("--config <file>", "the suite: data sets, models, sizes (default: benchmarks/images/suite.json)")
    .option("--tuned <file>", "the settings of the guided samplers (default: benchmarks/images/tuned.json)")
    .option("--quick", "a few images, samples and trials: a check that everything runs", false);
}

/** Where the suite's own files are kept. */
function suiteFile(name: string): string {
  return join(packageFolder(), "benchmarks", "images", name);
}

/** The file of tuned settings. */
export function tunedPath({ tuned }: SuiteOptions): string {
  return tuned ?? suiteFile("tuned.json");
}

/** Reads the suite; its folders are the package's, or lie where the command is run if a suite was given. Seed as given. */
export async function chosenSuite({ config, quick }: SuiteOptions, seed: number | undefined): Promise<Suite> {
  const suite = await readSuite(config ?? suiteFile("suite.json"), config === undefined ? packageFolder() : ".");
  const seeded = { ...suite, seed: seed ?? suite.seed };
  return quick ? quickSuite(seeded) : seeded;
}

/** Reads tuned settings; undefined if there are none. */
export async function readTuned(path: string): Promise<Tuned | undefined> {
  return existsSync(path) ? readJson(path, checkedTuned) : undefined;
}
