import { resolve } from "node:path";
import { z } from "zod";
import { readJson } from "../train/index.js";

const count = z.int().positive();

const datasetSchema = z.strictObject({
  /** The name in results, e.g. "mnist". */
  name: z.string(),
  /** The Variational Flow Map's checkpoint. */
  model: z.string(),
  /**
   * The checkpoint with the flow map before joint training and an adapter that was trained alone. Its flow map is the prior of
   * all guided samplers; the model's own where there is none.
   */
  frozen: z.string().optional(),
  /** The checkpoint of a conditional flow-matching model. */
  conditional: z.string().optional(),
  /** The folder of the classifier in whose features samples are compared. */
  classifier: z.string(),
});

const suiteSchema = z.strictObject({
  seed: z.int().nonnegative(),
  /** Held-out images of each data set. */
  images: count,
  /** Samples an image, two or more. */
  samples: z.int().min(2),
  /** Evaluations a sample of the Variational Flow Map, a row each. */
  flowMapSteps: z.array(count).min(1),
  /** Evaluations a sample of the conditional flow. */
  conditionalSteps: count,
  /** The long chain in noise space that MMD is measured against, on the first of the images. */
  reference: z.strictObject({
    images: count,
    steps: count,
    leapfrog: count,
    stepSize: z.number().positive(),
  }),
  /** How guided samplers are tuned on the validation split: the same for each. */
  tuning: z.strictObject({ trials: count, images: count, samples: z.int().min(2) }),
  /** The seconds a sample are the least of so many rounds; draws shorter than `leastSeconds` are repeated. */
  timing: z.strictObject({ rounds: count, leastSeconds: z.number().nonnegative() }),
  datasets: z.array(datasetSchema).min(1),
});

/** What an image benchmark runs: data sets, models and sizes. */
export type Suite = z.output<typeof suiteSchema>;
/** One data set of a suite, with the folders of its models. */
export type SuiteDataset = Suite["datasets"][number];

/**
 * Reads a suite. The folders in it are taken relative to `root`.
 *
 * @throws InputError naming the file and the entry that is wrong
 */
export async function readSuite(path: string, root: string): Promise<Suite> {
  const suite = await readJson(path, suiteSchema as z.ZodType<Suite>);
  const place = (folder: string): string => resolve(root, folder);
  return {
    ...suite,
    datasets: suite.datasets.map(({ name, model, frozen, conditional, classifier }) => ({
      name,
      model: place(model),
      ...(frozen === undefined ? {} : { frozen: place(frozen) }),
      ...(conditional === undefined ? {} : { conditional: place(conditional) }),
      classifier: place(classifier),
    })),
  };
}

/** The same suite, small enough for a few minutes: its figures show that everything runs, and little else. */
export function quickSuite(suite: Suite): Suite {
  return {
    ...suite,
    images: Math.min(suite.images, 8),
    samples: Math.min(suite.samples, 4),
    conditionalSteps: Math.min(suite.conditionalSteps, 20),
    reference: {
      ...suite.reference,
      images: Math.min(suite.reference.images, 4),
      steps: Math.min(suite.reference.steps, 20),
    },
    timing: { ...suite.timing, rounds: 1 },
    tuning: { trials: Math.min(suite.tuning.trials, 2), images: 8, samples: 2 },
  };
}
