import { parameterCountsOf, writeCheckpoint } from "../checkpoint/index.js";
import { readModelConfig, aboutUntrained, startingParameters } from "../train/configuration/index.js";
import { type CommandDefinition } from "./command.js";
import { requireCheckpointFolder } from "./outputs.js";

/** Options of `vfm initialise`. */
export interface InitialiseCommandOptions {
  config: string;
  out: string;
}

/** `vfm initialise <config.json>`: a checkpoint of the first parameters, before any training. */
export const initialiseCommand: CommandDefinition<InitialiseCommandOptions> = {
  name: "initialise",
  description: "write a checkpoint of a configuration's first parameters, to start from or to measure with",
  argument: { name: "<config.json>", description: "a training configuration; stages may be missing", key: "config" },
  options: (command) => command.requiredOption("--out <dir>", "the checkpoint folder to write"),
  example: "vfm initialise mine/config.json --out out/untrained",
  seedDefault: "the configuration's",
  run: async ({ config: path, out }, { givenSeed, signal, progress }) => {
    await requireCheckpointFolder(out);
    const read = await readModelConfig(path);
    const configuration = { ...read, seed: givenSeed ?? read.seed };
    progress.update(0, "parameters");
    const networks = await startingParameters(configuration);
    signal.throwIfAborted();
    await writeCheckpoint(out, networks, await aboutUntrained(configuration), configuration.checkpointPrecision);
    const parameterCounts = parameterCountsOf(networks);
    const counts = Object.entries(parameterCounts).map(([name, count]) => `${name} ${count}`);
    return { json: { checkpoint: out, parameterCounts }, text: `${out}: parameters of ${counts.join(", ")}` };
  },
};
