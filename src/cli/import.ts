import { statSync } from "node:fs";
import { Option } from "commander";
import {
  type CheckpointSource,
  hasAutoencoder,
  importAutoencoder,
  type ImportedAutoencoder,
  importModel,
  type ImportSettings,
  loadAutoencoder,
  openCheckpointFile,
  weightsOf,
} from "../checkpoint/import/index.js";
import { parameterCountsOf, writeAutoencoder, writeCheckpoint } from "../checkpoint/index.js";
import { InputError } from "../errors.js";
import { quotedList } from "../quoted-text.js";
import { type CommandDefinition, type Outcome } from "./command.js";
import { flagOf, integerOption } from "./options.js";
import { requireCheckpointFolder } from "./outputs.js";

/** Options of `vfm import`. */
export interface ImportCommandOptions {
  file: string;
  out: string;
  weights?: string;
  model?: ImportSettings["model"];
  heads?: number;
  encoderDepth?: number;
  dataAtTime?: "0" | "1";
  autoencoder?: string;
  imageSize?: number;
  precision: ImportSettings["precision"];
}

/** `vfm import <file>`: converts a published checkpoint to this library's format. */
export const importCommand: CommandDefinition<ImportCommandOptions> = {
  name: "import",
  description:
    "read a published checkpoint (PyTorch's .pt, or safetensors) or an AutoencoderKL, and write a checkpoint folder",
  argument: { name: "<file>", description: "the published file", key: "file" },
  options: (command) =>
    command
      .requiredOption("--out <dir>", "the checkpoint folder to write")
      .option(
        "--weights <which>",
        '"ema" for the moving averages, "model" for the trained weights, or a name in the file (default: ema if there are some)',
      )
      .addOption(
        new Option("--model <name>", "a flow map, or a velocity model (SiT) (default: dmft)").choices(["dmft", "dit"]),
      )
      .option("--heads <n>", "heads of attention (default: by the width, as published)", integerOption(1))
      .option("--encoder-depth <n>", "blocks that see the time t (default: two thirds)", integerOption(0))
      .addOption(
        new Option(
          "--data-at-time <t>",
          "the time at which the network has the data (default: 1 with a sigma head, else 0)",
        ).choices(["0", "1"]),
      )
      .option("--autoencoder <path>", "the AutoencoderKL of the latents: a file, or an imported folder")
      .option(
        "--image-size <n>",
        "height and width of the autoencoder's images (default: those of the flow map's latents; 256 for an autoencoder alone)",
        integerOption(1),
      )
      .addOption(
        new Option("--precision <type>", "how parameters are stored")
          .choices(["float32", "float16", "bfloat16"])
          .default("float32"),
      ),
  example: "vfm import vfm-b2.pt --autoencoder sd-vae-ft-mse.safetensors --out checkpoints/imagenet",
  run: async (options, { signal, progress }) => {
    await requireCheckpointFolder(options.out);
    progress.update(0, `reading ${options.file}`);
    const file = await openCheckpointFile(options.file);
    try {
      const isAutoencoder = hasAutoencoder(file) && weightsOf(file, "flowMap").length === 0;
      return await (isAutoencoder ? writeImportedAutoencoder : writeImportedModel)(file, options, signal);
    } finally {
      await file.close();
    }
  },
};

async function writeImportedAutoencoder(
  file: CheckpointSource,
  { out, imageSize = 256, precision, file: _, ...others }: ImportCommandOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  refuseGiven(others, `${file.path} holds an autoencoder alone`);
  const { model, parameters, leftOver } = await importAutoencoder(file, { image: imageSize });
  signal.throwIfAborted();
  await writeAutoencoder(out, { config: model.config, parameters }, precision);
  const parameterCounts = parameterCountsOf({ autoencoder: parameters });
  const json = { checkpoint: out, parameterCounts, configuration: { autoencoder: model.config }, leftOver };
  return { json, text: report(out, parameterCounts, leftOver, []) };
}

async function writeImportedModel(
  file: CheckpointSource,
  options: ImportCommandOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const { out, model = "dmft", encoderDepth, imageSize, autoencoder: path } = options;
  if (model === "dit") refuseGiven({ encoderDepth }, "a velocity model sees one time");
  if (path === undefined && !hasAutoencoder(file)) refuseGiven({ imageSize }, `${file.path} holds no autoencoder`);
  if (path !== undefined && isFolder(path)) refuseGiven({ imageSize }, `${path} has its images' size`);
  const { dataAtTime: time, ...settings } = options;
  const dataAtTime = time === undefined ? undefined : time === "1" ? 1 : 0;
  const imported = await importModel(file, { ...settings, model, dataAtTime }, autoencoderOf(file, options));
  const { about, networks, leftOver, assumptions } = imported;
  signal.throwIfAborted();
  await writeCheckpoint(out, networks, about, options.precision);
  const parameterCounts = parameterCountsOf(networks);
  const { flowMap, adapter, autoencoder: decoder } = about.model;
  const json = {
    checkpoint: out,
    parameterCounts,
    configuration: { flowMap, adapter, autoencoder: decoder },
    leftOver,
    assumptions,
  };
  return { json, text: report(out, parameterCounts, leftOver, assumptions) };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** @throws InputError if an option is given that has no effect here */
function refuseGiven(options: Readonly<Record<string, unknown>>, reason: string): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new InputError(`${reason}: leave ${flagOf(given[0])} out`);
}

/** The autoencoder that is named, or the one that the file contains beside the flow map; undefined if there is neither. */
function autoencoderOf(
  file: CheckpointSource,
  { autoencoder: path, imageSize }: ImportCommandOptions,
): ((latentShape: readonly number[]) => Promise<ImportedAutoencoder>) | undefined {
  if (path === undefined && !hasAutoencoder(file)) return undefined;
  return ([, latent]) => {
    const size = imageSize === undefined ? { latent } : { image: imageSize };
    return path === undefined ? importAutoencoder(file, size) : loadAutoencoder(path, size);
  };
}

function report(
  out: string,
  parameterCounts: Readonly<Record<string, number>>,
  leftOver: readonly string[],
  assumptions: readonly string[],
): string {
  const counts = Object.entries(parameterCounts).map(
    ([name, count]) => `${name} (${(count / 1e6).toFixed(1)} million)`,
  );
  return [
    `${out}: ${counts.join(", ")}`,
    ...assumptions.map((line) => `  assumed: ${line}`),
    ...(leftOver.length === 0 ? [] : [`  left over: ${quotedList(leftOver)}`]),
  ].join("\n");
}
