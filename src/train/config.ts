import { z } from "zod";
import { imageDataSchemas } from "../data/index.js";
import { InputError } from "../errors.js";
import { adapterModel, autoencoderModel, conditionalModel, flowMapModel } from "../models/index.js";
import { parseJson, parseWith, readInput } from "../storage/index.js";
import { conditionalKinds, observingKinds, stageProblem } from "./stage-checks.js";

const share = z.number().min(0).max(1);
const positive = z.number().positive();
const positiveInteger = z.int().positive();

/** The training data: images, or the two-dimensional checkerboard. */
const dataSchema = z.discriminatedUnion("kind", [
  ...imageDataSchemas,
  z.strictObject({ kind: z.literal("checkerboard"), points: positiveInteger.default(20_000) }),
]);

// The other keys belong to the model: its own schema checks them.
const modelSchema = z.looseObject({ model: z.string() });

const problemSchema = z.strictObject({
  name: z.string(),
  /** Standard deviation of the observation's noise, on images in [-1, 1]. */
  sigma: positive,
});

/** The law of flow matching's time: uniform, or sigmoid(N(mean, deviation^2)). */
const timeLawSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform") }),
  z.strictObject({ kind: z.literal("logit-normal"), mean: z.number().default(0), deviation: positive.default(1) }),
]);

/** The law of a jump's two times before sorting: both uniform, or sigmoid(N(mean, deviation^2)) with a mean each. */
const jumpLawSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform") }),
  z.strictObject({
    kind: z.literal("logit-normal"),
    means: z.tuple([z.number(), z.number()]).default([0.4, -1.2]),
    deviation: positive.default(1),
  }),
]);

/** stopgrad(1 / (L + offset)^power), on each sample's loss or on the batch's mean. */
const adaptiveWeightSchema = z.strictObject({
  power: z.number().nonnegative().default(1),
  offset: positive.default(0.01),
  per: z.enum(["sample", "batch"]).default("sample"),
});

const stageEntries = {
  /** The stage ends after this many steps ... */
  steps: positiveInteger,
  /** ... or after this many minutes of training, whichever comes first. */
  minutes: positive.optional(),
  batchSize: positiveInteger,
  /** The batch goes through the networks in so many equal parts, which bounds the memory; the step is the same. */
  accumulate: positiveInteger.default(1),
  schedule: z
    .strictObject({
      warmUp: z.int().nonnegative().default(0),
      cosineShare: share.default(0),
      final: share.default(0),
    })
    .prefault({}),
  betas: z.tuple([share, share]).default([0.9, 0.95]),
  epsilon: positive.default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  /** Largest norm of each network's gradient. */
  clip: positive.default(1),
  /** Decay of the parameters' moving average; 0 makes the average the parameters themselves. */
  averageDecay: share.default(0.999),
  /** What this stage starts from: a result of the stage before it, or the averages that an earlier stage, counted from 0, left. */
  startFrom: z
    .union([z.enum(["average", "parameters"]), z.strictObject({ stage: z.int().nonnegative() })])
    .default("average"),
};

const reductionSchema = z.enum(["sum", "mean"]);

/**
 * Guidance of the target velocity towards the label, v + omega (u(label) - u(null)): u is the flow map in training (model
 * guidance), its moving average, or a frozen `teacher`, whose velocity then takes the place of v too (distillation).
 */
const guidanceSchema = z.strictObject({
  omega: z.number().nonnegative(),
  /** The times [g_min, g_max] that are guided. */
  interval: z.tuple([share, share]).default([0, 1]),
  by: z.enum(["trained", "average", "teacher"]).default("trained"),
});

/** For flow maps with `classes`; the others are not given labels. */
const labelEntries = {
  /** The probability that a sample's label is dropped. */
  labelDropout: share.default(0.1),
  guidance: guidanceSchema.optional(),
};

const flowMatchingEntries = { ...labelEntries, timeLaw: timeLawSchema.default({ kind: "uniform" }) };

const jumpEntries = {
  timeLaw: timeLawSchema.default({ kind: "uniform" }),
  jumpLaw: jumpLawSchema.default({ kind: "uniform" }),
  /** The share of a batch with r != t; the rest is flow matching (r = t). */
  jumpShare: share.default(0.25),
  /** The share of the jumps that are the whole way, (r, t) = (0, 1). */
  wholeJumpShare: share.default(0),
  adaptiveWeight: adaptiveWeightSchema.optional(),
  /** The direction of the total derivative: the sample's velocity, or the network's own. */
  tangent: z.enum(["sample", "network"]).default("sample"),
  /** What a jump learns: MeanFlow's total derivative, or two half jumps of the moving average, one after the other. */
  jumpTarget: z.enum(["derivative", "composition"]).default("derivative"),
};

const meanFlowEntries = { ...labelEntries, ...jumpEntries };

/** The flow loss of a sample is the mean over its entries, unless the stage says otherwise. */
const flowReductionEntry = { reduction: reductionSchema.default("mean") };

/** A score of weight 0 costs nothing. */
const scoreSchema = z.strictObject({
  /** Draws of the adapter's noise for each sample. */
  draws: z.int().min(2).default(2),
  /** Weight of the fair CRPS of the pixels, and of that of whole images (the energy score) in the scale of a pixel. */
  pixelWeight: z.number().nonnegative().default(0),
  energyWeight: z.number().nonnegative().default(0),
  /** Weight of the energy score of samples of the prior; of use to a flow map in training alone. */
  priorWeight: z.number().nonnegative().default(0),
});

const observationEntries = {
  observationWeight: z.number().nonnegative().default(1),
  klWeight: z.number().nonnegative().default(1),
  /** Weight of the aggregate divergence, which holds the adapter's noise of all observations together to N(0, I). */
  aggregateWeight: z.number().nonnegative().default(0),
  /** Whether all terms are sums over a sample's entries, as derived, or means, as published for images. */
  reduction: reductionSchema.default("sum"),
  /** Evaluations of the flow map in the observation term. */
  observationSteps: positiveInteger.default(1),
  /** Scores of draws f(z) of one evaluation against x (latents, if those are the data): see docs/theory.md, section 6. */
  score: scoreSchema.optional(),
  /** Whether observations are compared as they are, or after A^T on both sides, as published for images. */
  observationSpace: z.enum(["observation", "transposed"]).default("observation"),
};

/** One stage of training. */
export const stageSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("flow-matching"),
    ...stageEntries,
    ...flowMatchingEntries,
    ...flowReductionEntry,
    learningRate: positive,
  }),
  z.strictObject({
    kind: z.literal("mean-flow"),
    ...stageEntries,
    ...meanFlowEntries,
    ...flowReductionEntry,
    learningRate: positive,
  }),
  z.strictObject({
    kind: z.literal("distillation"),
    ...stageEntries,
    ...flowReductionEntry,
    learningRate: positive,
    /** Trajectories of the flow that the stage starts from, and the steps of each. */
    trajectories: positiveInteger.default(100_000),
    nodes: positiveInteger.default(16),
    /** The share of a batch that jumps the whole way, from t = 1 to 0; the others jump between two random nodes. */
    wholeJumpShare: share.default(0.5),
    /** The probability that a trajectory starts from the adapter's noise, not from N(0, I). */
    alpha: share.default(0),
  }),
  z.strictObject({ kind: z.literal("adapter"), ...stageEntries, ...observationEntries, learningRate: positive }),
  z.strictObject({
    kind: z.literal("conditional-flow-matching"),
    ...stageEntries,
    timeLaw: timeLawSchema.default({ kind: "uniform" }),
    ...flowReductionEntry,
    learningRate: positive,
  }),
  z.strictObject({
    kind: z.literal("conditional-mean-flow"),
    ...stageEntries,
    ...jumpEntries,
    ...flowReductionEntry,
    learningRate: positive,
  }),
  z.strictObject({
    kind: z.literal("conditional-score"),
    ...stageEntries,
    /** Draws of each sample that are scored against it. */
    draws: z.int().min(2).default(2),
    /** Weight of the fair CRPS of the pixels, and of that of whole images (the energy score) in the scale of a pixel. */
    pixelWeight: z.number().nonnegative().default(1),
    energyWeight: z.number().nonnegative().default(0.25),
    learningRate: positive,
  }),
  z.strictObject({
    kind: z.literal("joint"),
    ...stageEntries,
    ...meanFlowEntries,
    ...observationEntries,
    /** The adapter is frozen at rate 0: then the flow map alone learns, the coupling as it is. */
    learningRate: z.strictObject({ flowMap: positive, adapter: z.number().nonnegative() }),
    /** The probability that a sample's noise comes from the adapter, not from N(0, I). */
    alpha: share.default(0.5),
    /** How far the reconstruction may stray: from `start` to `end` along a cosine. */
    tau: z.strictObject({ start: positive, end: positive }).default({ start: 1, end: 1 }),
    /** Adaptive weight of the sum of all terms, as published for images. */
    totalAdaptiveWeight: adaptiveWeightSchema.optional(),
    /** Whether the adapter's noise enters the mean-flow loss without its gradient. */
    detachNoise: z.boolean().default(false),
    /**
     * The flow map of the observation term: the trained one itself; or, so that the term trains the adapter alone, the
     * same without its gradient, or its moving average.
     */
    observationFlowMap: z.enum(["trained", "detached", "average"]).default("trained"),
  }),
]);

/** The configuration of a training run: `vfm train <config.json>`. */
export const trainConfigSchema = z.strictObject({
  seed: z.int().nonnegative(),
  data: dataSchema,
  /** Needed by every stage but those of the conditional flow map alone. */
  flowMap: modelSchema.optional(),
  adapter: modelSchema.optional(),
  /** A flow map that sees the observation, for stages of a kind "conditional-...": a baseline of the other two. */
  conditional: modelSchema.optional(),
  /** Its latents are the flow map's data; the data above are images, and so are the observations. */
  autoencoder: modelSchema.optional(),
  /** A folder with the autoencoder's weights, as `vfm import` writes them. */
  autoencoderFrom: z.string().optional(),
  problems: z.array(problemSchema).default([]),
  stages: z.array(stageSchema).min(1),
  /** A checkpoint folder whose networks the first stage starts from. */
  initialFrom: z.string().optional(),
  /** A checkpoint folder whose flow map guides the stages with `guidance.by` "teacher". */
  teacher: z.string().optional(),
  /** How checkpoints store parameters; a run's own state stays in float32. */
  checkpointPrecision: z.enum(["float32", "float16", "bfloat16"]).default("float32"),
  /** Steps between two lines of the log. */
  logEvery: positiveInteger.default(50),
  checkpointEvery: z.strictObject({ steps: positiveInteger.optional(), minutes: positive.optional() }).default({
    minutes: 5,
  }),
});

/** The configuration of networks that were not trained here: without stages. */
export const modelConfigSchema = trainConfigSchema.extend({ stages: z.array(stageSchema).default([]) });

/** A checked training configuration, with every default filled in. */
export type TrainConfig = z.output<typeof trainConfigSchema>;
/** A checked stage. */
export type StageConfig = TrainConfig["stages"][number];
/** How a target velocity is guided. */
export type GuidanceConfig = z.output<typeof guidanceSchema>;
/** The stage of one kind. */
export type StageOf<Kind extends StageConfig["kind"]> = Extract<StageConfig, { kind: Kind }>;

/** Reads and checks a training configuration. Throws InputError naming the file and the entry that is wrong. */
export async function readTrainConfig(path: string): Promise<TrainConfig> {
  return parseTrainConfig(parseJson((await readInput(path)).toString("utf8"), path), path);
}

/** Reads and checks a configuration of networks, with or without stages of training. Throws InputError as `readTrainConfig`. */
export async function readModelConfig(path: string): Promise<TrainConfig> {
  return parseModelConfig(parseJson((await readInput(path)).toString("utf8"), path), path);
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
    if (config.flowMap === undefined && !conditionalKinds.includes(kind))
      fail(`stages.${i}: a stage of kind "${kind}" needs "flowMap"`);
    if (typeof startFrom === "object" && startFrom.stage >= i)
      fail(`stages.${i}.startFrom: ${startFrom.stage} is no earlier stage`);
    const problem = stageProblem(stage, config);
    if (problem !== undefined) fail(`stages.${i}.${problem}`);
  });
  config.stages.forEach(({ kind, batchSize }, i) => {
    if (!observingKinds.includes(kind)) return;
    const needed = conditionalKinds.includes(kind) ? "conditional" : "adapter";
    if (config[needed] === undefined) fail(`stages.${i}: a stage of kind "${kind}" needs "${needed}"`);
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
