import { z } from "zod";

const scoresSchema = z.strictObject({
  /** Negative log predictive density of another observation of the same x, in nats. */
  nlpd: z.number(),
  /** Energy score of the samples against x, from all pairs of samples. */
  crps: z.number(),
  /** The same from pairs of different samples only: unbiased. */
  crpsFair: z.number(),
  /** Share of posterior samples on filled squares. */
  supportPosterior: z.number(),
  /** Share of unconditional samples on filled squares. */
  supportPrior: z.number(),
  /** MMD against exact posterior samples, averaged over observations. */
  mmdPosterior: z.number(),
  /** MMD of unconditional samples against samples of the board. */
  mmdPrior: z.number(),
});

/** Scores of a sampler; see `scoreSampler`. */
export type Scores = z.output<typeof scoresSchema>;

/** Scores with one and with four evaluations of the flow map for each sample. */
export const byStepsSchema = z.strictObject({ k1: scoresSchema, k4: scoresSchema });

/** Scores with one and with four evaluations of the flow map for each sample. */
export type ScoresBySteps = z.output<typeof byStepsSchema>;

/** The value of a setting in a grid. */
export const plainSettingSchema = z.union([z.number(), z.string(), z.boolean()]);

/**
 * The value of a setting that a cell changes: tau may change from one number to another, and a score has several
 * numbers.
 */
export const settingSchema = z.union([
  plainSettingSchema,
  z.strictObject({ start: z.number(), end: z.number() }),
  z.record(z.string(), z.number()),
]);

const aboutEntries = {
  preset: z.string(),
  seed: z.int(),
  /** Number of steps of the stages from the first joint one. */
  iterations: z.int(),
  /** Duration of training and evaluation. */
  seconds: z.number(),
  pairs: z.int(),
  samples: z.int(),
};

/** Scores of the two baselines of every model: the adapter alone, and the exact posterior. */
export const baselineSchema = z.strictObject({
  ...aboutEntries,
  /** The settings that all cells of the sweep have; older results do not name them. */
  settings: z.record(z.string(), settingSchema).optional(),
  frozen: byStepsSchema,
  exact: byStepsSchema,
});

/** The baselines of a sweep. */
export type Baseline = z.output<typeof baselineSchema>;

/** A stored result, as printed by `vfm experiment checkerboard --json`. */
export const resultSchema = z.strictObject({
  ...aboutEntries,
  joint: byStepsSchema,
  frozen: byStepsSchema,
  exact: byStepsSchema,
  /** If the joint model has several stages, its scores after each except the last. */
  stages: z.array(z.strictObject({ name: z.string(), steps: z.int(), ...byStepsSchema.shape })).optional(),
});

/** The result of one run of the experiment. */
export type CheckerboardResult = z.output<typeof resultSchema>;

/** A stored result of one cell of a sweep. */
export const cellResultSchema = z.strictObject({
  ...aboutEntries,
  name: z.string(),
  /** The settings that the cell changes in the preset's joint stages. */
  settings: z.record(z.string(), settingSchema),
  joint: byStepsSchema,
});

/** The result of one cell of a sweep. */
export type CellResult = z.output<typeof cellResultSchema>;
