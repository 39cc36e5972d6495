import { z } from "zod";

const share = z.number().min(0).max(1);
const positiveInteger = z.int().positive();
const seedSchema = z.int().nonnegative();

const dataSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("mnist") }),
  z.strictObject({
    kind: z.literal("images"),
    folder: z.string(),
    height: positiveInteger,
    width: positiveInteger,
    channels: z.union([z.literal(1), z.literal(3)]),
  }),
  z.strictObject({ kind: z.literal("checkerboard"), points: positiveInteger.default(20_000) }),
]);

// The other keys belong to the model; its own schema checks them.
const modelSchema = z.looseObject({ model: z.string() });

const problemSchema = z.strictObject({ name: z.string(), sigma: z.number().positive() });

const timeLawSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform") }),
  z.strictObject({ kind: z.literal("logit-normal"), mean: z.number(), deviation: z.number().positive() }),
]);
const jumpLawSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform") }),
  z.strictObject({
    kind: z.literal("logit-normal"),
    means: z.tuple([z.number(), z.number()]),
    deviation: z.number().positive(),
  }),
]);

const adaptiveWeightSchema = z.strictObject({
  /** p in 1 / (L + c)^p. */
  power: z.number().nonnegative(),
  /** c in 1 / (L + c)^p. */
  offset: z.number().positive(),
  per: z.enum(["sample", "batch"]),
});

const stageEntries = {
  /** The stage ends after this many steps ... */
  steps: positiveInteger,
  /** ... or after this many minutes of training, whichever comes first. */
  minutes: z.number().positive().optional(),
  batchSize: positiveInteger,
  schedule: z
    .strictObject({
      warmUp: z.int().nonnegative().default(0),
      cosineShare: share.default(0),
      final: share.default(0),
    })
    .prefault({}),
  betas: z.tuple([share, share]).default([0.9, 0.95]),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  clip: z.number().positive().default(1),
  /** Decay of the moving average of the parameters; 0 makes the average the parameters themselves. */
  averageDecay: share.default(0.999),
  /** Which parameters of the stage before (or of `initialFrom`, which has averages alone) this one starts from. */
  startFrom: z.enum(["average", "parameters"]).default("average"),
};
