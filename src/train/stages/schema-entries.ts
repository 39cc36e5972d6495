import { z } from "zod";
import { positiveInteger } from "../../schema.js";

/** A share, in [0, 1]. */
export const share = z.number().min(0).max(1);
/** A decay rate of an optimiser's moving averages, in [0, 1). */
const beta = z.number().min(0).lt(1);
/** A number above 0. */
export const positive = z.number().positive();

/** The distribution of flow matching's time: uniform, or sigmoid(N(mean, deviation^2)). */
export const timeLawSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform") }),
  z.strictObject({ kind: z.literal("logit-normal"), mean: z.number().default(0), deviation: positive.default(1) }),
]);

/**
 * The distribution of a jump's two times before sorting: both uniform, or sigmoid(N(mean, deviation^2)) with a mean for
 * each.
 */
const jumpLawSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform") }),
  z.strictObject({
    kind: z.literal("logit-normal"),
    means: z.tuple([z.number(), z.number()]).default([0.4, -1.2]),
    deviation: positive.default(1),
  }),
]);

/** stopgrad(1 / (L + offset)^power), of each sample's loss or of the batch's mean loss. */
export const adaptiveWeightSchema = z.strictObject({
  power: z.number().nonnegative().default(1),
  offset: positive.default(0.01),
  per: z.enum(["sample", "batch"]).default("sample"),
});

/** The entries of every stage. */
export const stageEntries = {
  /** The stage ends after this many steps ... */
  steps: positiveInteger,
  /** ... or after this many minutes of training, whichever comes first. */
  minutes: positive.optional(),
  /** Number of samples in a step, in equal shares for the problems. */
  batchSize: positiveInteger.default(120),
  /**
   * Number of equal parts in which the batch goes through the networks, which bounds the memory; the step is the same, up to
   * rounding.
   */
  accumulate: positiveInteger.default(1),
  schedule: z
    .strictObject({
      warmUp: z.int().nonnegative().default(0),
      cosineShare: share.default(0),
      final: share.default(0),
    })
    .prefault({}),
  betas: z.tuple([beta, beta]).default([0.9, 0.95]),
  epsilon: positive.default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  /** Largest norm of each network's gradient. */
  clip: positive.default(1),
  /** Decay of the parameters' moving average; 0 makes the average the parameters themselves, up to rounding. */
  averageDecay: share.default(0.999),
  /**
   * The parameters from which the stage starts: a result of the stage before it, or the averages after an earlier
   * stage, counted from 0.
   */
  startFrom: z
    .union([z.enum(["average", "parameters"]), z.strictObject({ stage: z.int().nonnegative() })])
    .default("average"),
};

/** The peak learning rate of the one network that a stage trains. */
export const learningRateEntry = positive.default(1e-3);

const reductionSchema = z.enum(["sum", "mean"]);

/**
 * Guidance of the target velocity towards the label, v + omega (u(label) - u(null)). u is the flow map in training
 * (model guidance), its moving average, or a frozen `teacher`, whose velocity then also replaces v (distillation).
 */
const guidanceSchema = z.strictObject({
  omega: z.number().nonnegative(),
  /** The times [g_min, g_max] at which targets are guided. */
  interval: z.tuple([share, share]).default([0, 1]),
  by: z.enum(["trained", "average", "teacher"]).default("trained"),
});

/** For flow maps with `classes`; others do not take labels. */
const labelEntries = {
  /** Probability that a sample's label is dropped. */
  labelDropout: share.default(0.1),
  guidance: guidanceSchema.optional(),
};

/** Flow matching, with labels where the flow map has classes. */
export const flowMatchingEntries = { ...labelEntries, timeLaw: timeLawSchema.default({ kind: "uniform" }) };

/** Flow matching and jumps. */
export const jumpEntries = {
  timeLaw: timeLawSchema.default({ kind: "uniform" }),
  jumpLaw: jumpLawSchema.default({ kind: "uniform" }),
  /** The share of a batch with r != t; the rest is flow matching (r = t). */
  jumpShare: share.default(0.25),
  /** The share of the jumps that span the whole interval, (r, t) = (0, 1). */
  wholeJumpShare: share.default(0),
  adaptiveWeight: adaptiveWeightSchema.optional(),
  /** The direction of the total derivative: the sample's velocity, or the network's own. */
  tangent: z.enum(["sample", "network"]).default("sample"),
  /**
   * The target of a jump: MeanFlow's total derivative, or two half jumps of the moving average, one after the other.
   */
  jumpTarget: z.enum(["derivative", "composition"]).default("derivative"),
};

/** Flow matching and jumps, with labels where the flow map has classes. */
export const meanFlowEntries = { ...labelEntries, ...jumpEntries };

/** The flow loss of a sample is the mean over its entries, unless the stage says otherwise. */
export const flowReductionEntry = { reduction: reductionSchema.default("mean") };

/** A score of weight 0 is not computed. */
const scoreSchema = z.strictObject({
  /** Number of draws of the adapter's noise for each sample. */
  draws: z.int().min(2).default(2),
  /** Weight of the fair CRPS of the pixels, and of the energy score (that of whole images) in the scale of a pixel. */
  pixelWeight: z.number().nonnegative().default(0),
  energyWeight: z.number().nonnegative().default(0),
  /** Weight of the energy score of samples of the prior; useful only where the flow map is trained. */
  priorWeight: z.number().nonnegative().default(0),
});

/** The terms of the adapter. */
export const observationEntries = {
  observationWeight: z.number().nonnegative().default(1),
  klWeight: z.number().nonnegative().default(1),
  /**
   * Weight of the aggregate divergence, which keeps the adapter's noise, averaged over observations, close to N(0, I).
   */
  aggregateWeight: z.number().nonnegative().default(0),
  /** Whether all terms are sums over a sample's entries, as derived, or means, as published for images. */
  reduction: reductionSchema.default("sum"),
  /** Number of evaluations of the flow map in the observation term. */
  observationSteps: positiveInteger.default(1),
  /** Scores of one-evaluation draws f(z) against x (latents, if those are the data): see docs/theory.md, section 6. */
  score: scoreSchema.optional(),
  /**
   * Whether the scored draws are first conditioned on their observation once more, as samples of the trained model will
   * be: see docs/observation-update.md. The run needs updates.
   */
  updateDraws: z.boolean().default(false),
  /** Whether observations are compared as they are, or after A^T on both sides, as published for images. */
  observationSpace: z.enum(["observation", "transposed"]).default("observation"),
};

/** How a target velocity is guided. */
export type GuidanceConfig = z.output<typeof guidanceSchema>;
