import { z } from "zod";

const scoresSchema = z.strictObject({
  /** Negative log predictive density of another observation of the same x, in nats. */
  nlpd: z.number(),
  /** Energy score of the samples against x, all pairs of samples. */
  crps: z.number(),
  /** The same from pairs of different samples alone: unbiased. */
  crpsFair: z.number(),
  /** Share of posterior samples on filled squares. */
  supportPosterior: z.number(),
  /** Share of unconditional samples on filled squares. */
  supportPrior: z.number(),
  /** MMD against exact posterior samples, the mean over observations. */
  mmdPosterior: z.number(),
  /** MMD of unconditional samples against samples of the board. */
  mmdPrior: z.number(),
});

/** Scores of a sampler; see `scoreSampler`. */
export type Scores = z.output<typeof scoresSchema>;

/** Scores with one and with four evaluations of the flow map a sample. */
export const byStepsSchema = z.strictObject({ k1: scoresSchema, k4: scoresSchema });

/** Scores with one and with four evaluations of the flow map a sample. */
export type ScoresBySteps = z.output<typeof byStepsSchema>;

/** The value of a setting that a grid goes through. */
export const plainSettingSchema = z.union([z.number(), z.string(), z.boolean()]);

/** The value of a setting that a cell changes: tau may go from one number to another; a score has several numbers. */
export const settingSchema = z.union([
  plainSettingSchema,
  z.strictObject({ start: z.number(), end: z.number() }),
  z.record(z.string(), z.number()),
]);

const aboutEntries = {
  preset: z.string(),
  seed: z.int(),
  /** Steps of the stages from the first joint one on. */
  iterations: z.int(),
  /** Time of training and evaluation. */
  seconds: z.number(),
  pairs: z.int(),
  samples: z.int(),
};

/** Scores of the two things that every model is held against: the adapter alone, and the exact posterior. */
export const baselineSchema = z.strictObject({ ...aboutEntries, frozen: byStepsSchema, exact: byStepsSchema });

/** The baselines of a sweep. */
export type Baseline = z.output<typeof baselineSchema>;

/** A kept result: what `vfm experiment checkerboard --json` prints. */
export const resultSchema = z.strictObject({
  ...aboutEntries,
  joint: byStepsSchema,
  frozen: byStepsSchema,
  exact: byStepsSchema,
  /** Where the joint model has several stages, its scores after each but the last. */
  stages: z.array(z.strictObject({ name: z.string(), steps: z.int(), ...byStepsSchema.shape })).optional(),
});

/** The result of one run of the experiment. */
export type CheckerboardResult = z.output<typeof resultSchema>;

/** A kept result of one cell of a sweep. */
export const cellResultSchema = z.strictObject({
  ...aboutEntries,
  name: z.string(),
  /** What the cell changes in the preset's joint stages. */
  settings: z.record(z.string(), settingSchema),
  joint: byStepsSchema,
});

/** The result of one cell of a sweep. */
export type CellResult = z.output<typeof cellResultSchema>;
