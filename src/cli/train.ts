import { basename, join } from "node:path";
import { Option } from "commander";
import { type Backend, type Device } from "../compile/index.js";
import { train, type TrainProgress } from "../train/index.js";
import { readTrainConfig, resolve } from "../train/configuration/index.js";
import { type CommandDefinition } from "./command.js";
import { deviceOption, integerOption } from "./options.js";
import { requireWritable } from "./outputs.js";

/** Options of `vfm train`. */
export interface TrainCommandOptions {
  config: string;
  out?: string;
  resume: boolean;
  backend: Backend;
  threads?: number;
  device: Device;
}

/** `vfm train <config.json>`: trains a flow map and a noise adapter. A seed on the command line goes before the configuration's. */
export const trainCommand: CommandDefinition<TrainCommandOptions> = {
  name: "train",
  description: "train a flow map and a noise adapter as a configuration says",
  argument: { name: "<config.json>", description: "the run's configuration", key: "config" },
  options: (command) =>
    command
      .option("--out <dir>", "the run's folder (default: runs/ and the configuration's name)")
      .option(
        "--resume",
        "continue the interrupted run that stands in the folder; its last stage may have more steps than before",
        false,
      )
      .addOption(new Option("--backend <name>", "the engine").choices(["onnx", "jax"]).default("onnx"))
      .option("--threads <n>", "threads of the onnx engine (default: all cores)", integerOption(1))
      .addOption(deviceOption()),
  example: "vfm train mine/config.json --out runs/mine",
  seedDefault: "the configuration's",
  endsItself: true,
  run: async ({ config: path, out, resume, backend, threads, device }, { givenSeed, signal, progress }) => {
    const read = await readTrainConfig(path);
    const config = { ...read, seed: givenSeed ?? read.seed };
    const folder = out ?? join("runs", basename(path, ".json"));
    await requireWritable(folder, "folder");
    const { complete, checkpoint, log } = await train(await resolve(config), {
      out: folder,
      resume,
      backend,
      device,
      threads,
      signal,
      onProgress: (now) => progress.update(now.done, describe(now, config.stages.length), now.secondsLeft),
    });
    return {
      json: { complete, checkpoint, log },
      text: complete ? `Trained: the checkpoint is ${checkpoint}` : `Interrupted, state saved: go on with --resume`,
      failed: !complete,
    };
  },
};

function describe({ stage, kind, step, steps, measures }: TrainProgress, stages: number): string {
  const values = Object.entries(measures).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  return `stage ${stage + 1}/${stages} ${kind}, step ${step}/${steps}, ${values.join(", ")}`;
}
