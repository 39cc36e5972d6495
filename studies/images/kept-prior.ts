import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { type Classifier } from "../../src/classifier/index.js";
import { type FeatureReference, priorDistance } from "../../src/evaluate/index.js";
import { readJson, writeFileAtomically } from "../../src/storage/index.js";
import { samplePrior, type VariationalFlowMap } from "../../src/vfm/index.js";
import { type SuiteModels } from "./entrants.js";
import { partPath } from "./part-path.js";
import { rowStrip, shown } from "./strip.js";
import { type Suite } from "./suite.js";

const priorSchema = z.strictObject({
  dataset: z.string(),
  /** Number of unconditional samples, with one evaluation each. */
  samples: z.int(),
  seed: z.int(),
  /** Frechet distance from the training images of the flow map before joint training; null if the suite has none. */
  before: z.number().nullable(),
  /** The same for the judged model's flow map. */
  after: z.number(),
  /** `after` divided by `before`. */
  ratio: z.number().nullable(),
});

/** How well the judged model still samples its prior. */
export type Prior = z.output<typeof priorSchema>;

/** Validates a prior's figures that were read from a file. */
export const checkedPrior = priorSchema as z.ZodType<Prior>;

/** The stored part of a data set: the hashes of the checkpoints before and after joint training, and the figures. */
export interface PriorPart {
  checkpoints: [string | null, string];
  prior: Prior;
}

const checkedPart = z.strictObject({
  checkpoints: z.tuple([z.string().nullable(), z.string()]),
  prior: checkedPrior,
}) as z.ZodType<PriorPart>;

/** The numbers of evaluations for each unconditional sample in the pictures. */
export const picturedSteps = [1, 2, 3, 4];

/** The task of `judgePrior`. */
export interface PriorTask {
  dataset: string;
  suite: Suite;
  folder: string;
  classifier: Classifier;
  features: FeatureReference;
}

const priorPath = (folder: string, dataset: string): string => partPath(folder, "json", dataset, "prior");

/** Reads the stored figures of a data set's prior; undefined if there are none. */
export async function readPrior(folder: string, dataset: string): Promise<PriorPart | undefined> {
  const path = priorPath(folder, dataset);
  return existsSync(path) ? readJson(path, checkedPart) : undefined;
}

/** Reads the prior's figures from their file, or measures, writes and pictures them. */
export async function judgePrior(
  { judged, prior }: SuiteModels,
  { dataset, suite, folder, classifier, features }: PriorTask,
): Promise<Prior> {
  const { priorSamples, seed } = suite;
  const checkpoints = [prior?.checkpoint ?? null, judged.checkpoint];
  const kept = await readPrior(folder, dataset);
  if (kept?.prior.samples === priorSamples && kept.prior.seed === seed)
    if (isDeepStrictEqual(kept.checkpoints, checkpoints)) return kept.prior;
  const distance = (model: VariationalFlowMap): Promise<number> =>
    priorDistance(model, classifier, features.fit, { priorSamples, steps: 1, seed });
  const before = prior === undefined ? null : await distance(prior.model);
  const after = await distance(judged.model);
  await writeStrips({ ...(prior && { before: prior.model }), after: judged.model }, dataset, folder, seed);
  const ratio = before === null ? null : after / before;
  const found = { dataset, samples: priorSamples, seed, before, after, ratio };
  await writeFileAtomically(priorPath(folder, dataset), `${JSON.stringify({ checkpoints, prior: found })}\n`);
  return found;
}

/** Pictures unconditional samples from the same noise, one row for each model and number of evaluations. */
async function writeStrips(
  models: Readonly<Record<string, VariationalFlowMap>>,
  dataset: string,
  folder: string,
  seed: number,
): Promise<void> {
  for (const [name, model] of Object.entries(models))
    for (const steps of picturedSteps) {
      const { samples } = await samplePrior(model, { samples: shown.images * shown.samples, steps, seed });
      await writeFileAtomically(
        partPath(folder, "png", dataset, "prior", priorRow(name, steps)),
        await rowStrip(samples),
      );
    }
}

/** The name of a row of the pictures of unconditional samples. */
export function priorRow(model: string, steps: number): string {
  return `${model}-${steps}`;
}
