import { z } from "zod";
import { imageDataSchemas } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { adapterModel, autoencoderModel, conditionalModel, flowMapModel } from "../models/index.js";
import { parseJson, parseWith, readText } from "../storage/index.js";
import { modelSpecEntries } from "./model-spec.js";
import { stageKind, stageProblem, stageSchema } from "./stages/index.js";

const positiveInteger = z.int().positive();

/** The training data: images, or the two-dimensional checkerboard. */
const dataSchema = z.discriminatedUnion("kind", [
  ...imageDataSchemas,
  z.strictObject({ kind: z.literal("checkerboard"), points: positiveInteger.default(20_000) }),
]);

/** The configuration of a training run: `vfm train <config.json>`. */
export const trainConfigSchema = z.strictObject({
  seed: z.int().nonnegative(),
  data: dataSchema,
  ...modelSpecEntries,
  stages: z.array(stageSchema).min(1),
  /** A checkpoint folder whose networks the first stage starts from. */
  initialFrom: z.string().optional(),
  /** A checkpoint folder whose flow map guides the stages with `guidance.by` "teacher". */
  teacher: z.string().optional(),
  /** How checkpoints store parameters; a run's own state stays in float32. */
  checkpointPrecision: z.enum(["float32", "float16", "bfloat16"]).default("float32"),
  /** Steps between two lines of the log. */
  logEvery: positiveInteger.default(50),
  checkpointEvery: z
    .strictObject({ steps: positiveInteger.optional(), minutes: z.number().positive().optional() })
    .default({
      minutes: 5,
    }),
});

/** The configuration of networks that were not trained here: without stages. */
export const modelConfigSchema = trainConfigSchema.extend({ stages: z.array(stageSchema).default([]) });

/** A checked training configuration, with every default filled in. */
export type TrainConfig = z.output<typeof trainConfigSchema>;

/** Reads and checks a training configuration. Throws InputError naming the file and the entry that is wrong. */
export async function readTrainConfig(path: string): Promise<TrainConfig> {
  return parseTrainConfig(parseJson(await readText(path), path), path);
}

/** Reads and checks a configuration of networks, with or without stages of training. Throws InputError as `readTrainConfig`. */
export async function readModelConfig(path: string): Promise<TrainConfig> {
  return parseModelConfig(parseJson(await readText(path), path), path);
}

/**
 * Checks a training configuration and fills in the defaults, those of the models too.
 *
 * @param source names the configuration in messages
 * @throws InputError naming the entry that is unknown, missing or wrong
 */
export function parseTrainConfig(value: unknown, source: string): TrainConfig {
  const config = parseWith(trainConfigSchema, value, source);
  const fail = (problem: string): never => {
    throw new InputError(`${source}: ${problem}`);
  };
  const names = config.problems.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`problems: ${twice} stands there twice`);
  config.stages.forEach((stage, i) => {
    const { startFrom, kind } = stage;
    if (config.flowMap === undefined && stageKind(kind).network !== "conditional")
      fail(`stages.${i}: a stage of kind "${kind}" needs "flowMap"`);
    if (typeof startFrom === "object" && startFrom.stage >= i)
      fail(`stages.${i}.startFrom: ${startFrom.stage} is no earlier stage`);
    const problem = stageProblem(stage, config);
    if (problem !== undefined) fail(`stages.${i}.${problem}`);
  });
  config.stages.forEach(({ kind, batchSize }, i) => {
    const { network, observes } = stageKind(kind);
    if (!observes) return;
    if (config[network] === undefined) fail(`stages.${i}: a stage of kind "${kind}" needs "${network}"`);
    if (names.length === 0) fail(`stages.${i}: a stage of kind "${kind}" needs problems`);
    if (batchSize % names.length !== 0)
      fail(`stages.${i}.batchSize: ${batchSize} cannot be shared equally by ${names.length} problems`);
  });
  return withModelDefaults(config, source);
}

/** Checks a configuration of networks that need not have stages of training. Throws InputError as `parseTrainConfig` does. */
export function parseModelConfig(value: unknown, source: string): TrainConfig {
  return withModelDefaults(parseWith(modelConfigSchema, value, source), source);
}

function withModelDefaults(config: TrainConfig, source: string): TrainConfig {
  const { flowMap, adapter, autoencoder, conditional } = config;
  if (flowMap === undefined && conditional === undefined) throw new InputError(`${source}: it has no "flowMap"`);
  return {
    ...config,
    flowMap: flowMap && { ...flowMapModel(flowMap).config },
    adapter: adapter && { ...adapterModel(adapter).config },
    conditional: conditional && { ...conditionalModel(conditional).config },
    autoencoder: autoencoder && { ...autoencoderModel(autoencoder).config },
  };
}
