import { basename, join } from "node:path";
import { Option } from "commander";
import { type Backend, type Device } from "../compile/index.js";
import { type Communicator, fromRankZero, onAllOrNone, singleProcess } from "../distributed/index.js";
import { connectMpi } from "../node/mpi/index.js";
import { train, type TrainProgress } from "../train/index.js";
import { readTrainConfig, resolve } from "../train/configuration/index.js";
import { type CommandDefinition, type Context, type Outcome } from "./command.js";
import { folderNote } from "./folder-note.js";
import { runOnRanks } from "./on-ranks.js";
import { deviceOption, positiveOption } from "./options.js";
import { requireWritable } from "./outputs.js";

/** Options of `vfm train`. */
export interface TrainCommandOptions {
  config: string;
  out?: string;
  resume: boolean;
  backend: Backend;
  device: Device;
  distributed?: "mpi";
  distributedTimeout: number;
}

/** `vfm train <config.json>`: trains a flow map and a noise adapter. A seed on the command line overrides the configuration's. */
export const trainCommand: CommandDefinition<TrainCommandOptions> = {
  name: "train",
  description: "train a flow map and a noise adapter from a configuration",
  argument: { name: "<config.json>", description: "the run's configuration", key: "config" },
  options: (command) =>
    command
      .option("--out <dir>", "the run's folder (default: runs/ and the configuration's name)")
      .option(
        "--resume",
        "continue the interrupted run in the folder; its last stage may have more steps than before",
        false,
      )
      .addOption(new Option("--backend <name>", "the engine").choices(["onnx", "jax"]).default("onnx"))
      .addOption(deviceOption())
      .addOption(
        new Option(
          "--distributed <how>",
          "train with the other processes that mpirun or srun started; each computes its share of a batch's parts",
        ).choices(["mpi"]),
      )
      .option(
        "--distributed-timeout <seconds>",
        "how long a process waits for the others before it reports one as lost",
        positiveOption,
        600,
      ),
  example: "vfm train mine/config.json --out runs/mine",
  computes: true,
  seedDefault: "the configuration's",
  endsItself: true,
  run: async (options, context) => {
    if (options.distributed === undefined) return trainOn(singleProcess, options, context);
    const { distributedTimeout: timeout } = options;
    const { signal } = context;
    return runOnRanks(await connectMpi({ timeout, signal }), signal, (communicator) =>
      trainOn(communicator, options, context),
    );
  },
};

async function trainOn(
  communicator: Communicator,
  { config: path, out, resume, backend, device }: TrainCommandOptions,
  { givenSeed, signal, interruptible, progress, note }: Context,
): Promise<Outcome> {
  const read = await interruptible(fromRankZero(communicator, () => readTrainConfig(path)));
  const config = { ...read, seed: givenSeed ?? read.seed };
  const folder = out ?? join("runs", basename(path, ".json"));
  await fromRankZero(communicator, () => requireWritable(folder, "folder"));
  const run = await interruptible(onAllOrNone(communicator, () => resolve(config)));
  const found = folderNote([run.data.folder], communicator.rank === 0 ? note : () => undefined);
  const { complete, checkpoint, log } = await train(run, {
    out: folder,
    resume,
    backend,
    device,
    signal,
    communicator,
    onProgress: (now) => progress.update(now.done, describe(now, config.stages.length), now.secondsLeft),
  });
  return {
    json: { complete, checkpoint, log, ...found },
    text: complete ? `Trained: the checkpoint is ${checkpoint}` : `Interrupted, state saved: continue it with --resume`,
    failed: !complete,
    // If this rank did not receive a signal, another rank did.
    ...(communicator.size > 1 && { interruptedBy: "SIGTERM" as const }),
  };
}

function describe({ stage, kind, step, steps, measures }: TrainProgress, stages: number): string {
  const values = Object.entries(measures).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  return `stage ${stage + 1}/${stages} ${kind}, step ${step}/${steps}, ${values.join(", ")}`;
}
