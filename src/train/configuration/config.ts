import { basename, dirname } from "node:path";
import { z } from "zod";
import { imageDataSchemas } from "../../node/data/index.js";
import { InputError, naming } from "../../errors.js";
import { parseWith, positiveInteger } from "../../schema.js";
import {
  adapterModel,
  autoencoderModel,
  conditionalModel,
  flowMapModel,
  modelSpecEntries,
  moduleEntries,
} from "../../models/index.js";
import { parseJson, readText } from "../../storage/index.js";
import { holdsRun } from "../folder-store.js";
import { withResolvedPaths } from "./configuration-paths.js";
import { stageSchema, stagesProblem, type StageSurroundings } from "../stages/index.js";

/** The training data: images, the two-dimensional checkerboard, or a data source from a file. */
export const dataSchema = z.discriminatedUnion("kind", [
  ...imageDataSchemas,
  z.strictObject({ kind: z.literal("checkerboard"), points: positiveInteger.default(20_000) }),
  z.strictObject({ kind: z.literal("module"), ...moduleEntries }),
]);

/**
 * The configuration of a training run: `vfm train <config.json>`. Its paths are relative to the folder of its file;
 * those of the config.json that a run records in its folder, to the working directory.
 */
export const trainConfigSchema = z.strictObject({
  seed: z.int().nonnegative(),
  data: dataSchema,
  ...modelSpecEntries,
  /** A folder with the autoencoder's weights, as written by `vfm import`. */
  autoencoderFrom: z.string().optional(),
  stages: z.array(stageSchema).min(1),
  /** A checkpoint folder with the initial parameters of the first stage, or several folders with a network each. */
  initialFrom: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  /** A checkpoint folder whose flow map guides the stages with `guidance.by` "teacher". */
  teacher: z.string().optional(),
  /** A checkpoint folder whose updates on the observation serve the stages with `updateDraws`. */
  updates: z.string().optional(),
  /** How checkpoints store parameters; the state of a run is always stored in float32. */
  checkpointPrecision: z.enum(["float32", "float16", "bfloat16"]).default("float32"),
  /** Steps between two lines of the log. */
  logEvery: positiveInteger.default(50),
  checkpointEvery: z
    .strictObject({ steps: positiveInteger.optional(), minutes: z.number().positive().optional() })
    .default({
      minutes: 5,
    }),
});

/** The configuration of networks that were not trained here; it needs no stages. */
export const modelConfigSchema = trainConfigSchema.extend({ stages: z.array(stageSchema).default([]) });

/** A validated training configuration, with all defaults. */
export type TrainConfig = z.output<typeof trainConfigSchema>;

/** Reads and validates a training configuration. Throws InputError naming the file and the entry that is wrong. */
export async function readTrainConfig(path: string): Promise<TrainConfig> {
  return parseTrainConfig(await readConfig(path), path);
}

/**
 * Reads and validates a configuration of networks, with or without training stages. Throws InputError as
 * `readTrainConfig` does.
 */
export async function readModelConfig(path: string): Promise<TrainConfig> {
  return parseModelConfig(await readConfig(path), path);
}

async function readConfig(path: string): Promise<unknown> {
  const folder = dirname(path);
  const isRecord = basename(path) === "config.json" && (await holdsRun(folder));
  return withResolvedPaths(parseJson(await readText(path), path), isRecord ? "." : folder);
}

/**
 * Validates a training configuration and fills in the defaults, including those of the models.
 *
 * @param source the configuration's name, for messages
 * @throws InputError naming the entry that is unknown, missing or wrong
 */
export function parseTrainConfig(value: unknown, source: string): TrainConfig {
  const config = parseWith(trainConfigSchema, value, source);
  const names = config.problems.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InputError(`${source}: problems: ${twice} occurs twice`);
  // A network from a file is known only after it is loaded; `train` then checks the stages.
  const known = [config.flowMap, config.adapter, config.conditional].every((entry) => !(entry && "module" in entry));
  const problem = known ? stagesProblem(config.stages, config as StageSurroundings) : undefined;
  if (problem !== undefined) throw new InputError(`${source}: ${problem}`);
  return withModelDefaults(config, source);
}

/**
 * Validates a configuration of networks that need not have training stages. Throws InputError as `parseTrainConfig`
 * does.
 */
function parseModelConfig(value: unknown, source: string): TrainConfig {
  return withModelDefaults(parseWith(modelConfigSchema, value, source), source);
}

function withModelDefaults(config: TrainConfig, source: string): TrainConfig {
  const { flowMap, adapter, autoencoder, conditional } = config;
  if (flowMap === undefined && conditional === undefined) throw new InputError(`${source}: it has no "flowMap"`);
  return naming(source, () => ({
    ...config,
    flowMap: withDefaults(flowMap, flowMapModel),
    adapter: withDefaults(adapter, adapterModel),
    conditional: withDefaults(conditional, conditionalModel),
    autoencoder: autoencoder && { ...autoencoderModel(autoencoder).config },
  }));
}

type NetworkEntry = TrainConfig["flowMap"];

function withDefaults(entry: NetworkEntry, model: (config: unknown) => { config: object }): NetworkEntry {
  return entry === undefined || "module" in entry ? entry : { ...model(entry).config };
}
