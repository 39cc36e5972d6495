import { resolve } from "node:path";
import { z } from "zod";
import { guidedMethods } from "../../src/baselines/index.js";
import { InputError } from "../../src/errors.js";
import { readJson } from "../../src/storage/index.js";
import { type UnseenProblem, unseenProblemSchema } from "./unseen.js";

const count = z.int().positive();
// Names of methods are parts of file names.
const methodName = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "a name has small letters, digits and hyphens");
const folders = z.record(methodName, z.string());

/** The Variational Flow Map that is judged, among those of a data set. */
export const judgedName = "vfm";

const datasetSchema = z.strictObject({
  /** The name in results, e.g. "mnist". */
  name: methodName,
  /**
   * The checkpoints of Variational Flow Maps by the name that results give them: "vfm" is the one that is judged;
   * "adapter-alone" is the baseline whose flow map was frozen.
   */
  variational: folders.refine((named) => judgedName in named, `one of them has to be "${judgedName}"`),
  /**
   * The checkpoint with the flow map before joint training: the prior of all guided samplers, and what the joint model's
   * unconditional samples are compared with. The model's own flow map is the guided samplers' prior where there is none.
   */
  prior: z.string().optional(),
  /** The checkpoints of conditional flow maps by name. */
  conditional: folders.default({}),
  /** The folder of the classifier in whose features samples are compared. */
  classifier: z.string(),
});

/** How many images, and samples of each. */
const sizeSchema = z.strictObject({ images: count, samples: z.int().min(2) });

const suiteSchema = z.strictObject({
  seed: z.int().nonnegative(),
  /** Held-out images of each data set. */
  images: count,
  /** Samples an image, two or more. */
  samples: z.int().min(2),
  /** Methods that are too costly for so many, by name: the first of the same images, and fewer samples. */
  sizes: z.record(methodName, sizeSchema).default({}),
  /** Evaluations a sample of the Variational Flow Maps, a row each. */
  flowMapSteps: z.array(count).min(1),
  /** Evaluations a sample of a conditional flow map whose last stage is flow matching; the others take one. */
  conditionalSteps: count,
  /** The long chain in noise space that MMD is measured against, on the first of the images; no chain and no MMD without it. */
  reference: z
    .strictObject({ images: count, steps: count, leapfrog: count, stepSize: z.number().positive() })
    .optional(),
  /** How guided samplers are tuned on the validation split: the same for each. */
  tuning: z.strictObject({ trials: count, images: count, samples: z.int().min(2) }),
  /**
   * The seconds a sample are the least of so many rounds of `samples` samples; draws shorter than `leastSeconds` are
   * repeated.
   */
  timing: z.strictObject({ rounds: count, leastSeconds: z.number().nonnegative(), samples: count.default(256) }),
  /** Unconditional samples for the Frechet distance of the prior. */
  priorSamples: z.int().min(100).default(10_000),
  /** Problems that no network was trained on. */
  unseen: z
    .strictObject({
      ...sizeSchema.shape,
      /** A guided sampler that runs on them with the judged model's own flow map as its prior, by name. */
      guided: z.enum(guidedMethods.map(({ name }) => name)).optional(),
      problems: z.array(unseenProblemSchema).min(1),
    })
    .optional(),
  datasets: z.array(datasetSchema).min(1),
});

/** What an image benchmark runs: data sets, models and sizes. */
export type Suite = z.output<typeof suiteSchema>;
/** One data set of a suite, with the folders of its models. */
export type SuiteDataset = Suite["datasets"][number];
/** How many images a method is run on, and how many samples it draws of each. */
export type SampleSize = z.output<typeof sizeSchema>;
export { type UnseenProblem };

/** How much of the benchmark a method runs. */
export function sizeOfMethod({ images, samples, sizes }: Suite, method: string): SampleSize {
  const own = sizes[method];
  if (own === undefined) return { images, samples };
  return { images: Math.min(images, own.images), samples: Math.min(samples, own.samples) };
}

/** What all methods have in common: the images that each is run on, and the samples that each draws at least. */
export function sharedSize(suite: Suite): SampleSize {
  const all = [suite, ...Object.keys(suite.sizes).map((method) => sizeOfMethod(suite, method))];
  return {
    images: Math.min(...all.map(({ images }) => images)),
    samples: Math.min(...all.map(({ samples }) => samples)),
  };
}

/**
 * Reads a suite. The folders in it are taken relative to `root`.
 *
 * @throws InputError naming the file and the entry that is wrong
 */
export async function readSuite(path: string, root: string): Promise<Suite> {
  const suite = await readJson(path, suiteSchema as unknown as z.ZodType<Suite>);
  const place = (folder: string): string => resolve(root, folder);
  const places = (named: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([name, folder]) => [name, place(folder)]));
  for (const { name, variational, conditional } of suite.datasets) {
    const names = [...Object.keys(variational), ...Object.keys(conditional), ...guidedMethods.map((m) => m.name)];
    const twice = names.find((method, i) => names.indexOf(method) !== i);
    if (twice !== undefined) throw new InputError(`${path}: ${name} has two methods "${twice}": rename one`);
  }
  return {
    ...suite,
    datasets: suite.datasets.map(({ name, variational, prior, conditional, classifier }) => ({
      name,
      variational: places(variational),
      ...(prior === undefined ? {} : { prior: place(prior) }),
      conditional: places(conditional),
      classifier: place(classifier),
    })),
  };
}

/** The same suite, small enough for a few minutes: its figures show that everything runs, and little else. */
export function quickSuite(suite: Suite): Suite {
  const { reference, unseen } = suite;
  return {
    ...suite,
    images: Math.min(suite.images, 8),
    samples: Math.min(suite.samples, 4),
    sizes: {},
    conditionalSteps: Math.min(suite.conditionalSteps, 20),
    ...(reference && {
      reference: { ...reference, images: Math.min(reference.images, 4), steps: Math.min(reference.steps, 20) },
    }),
    timing: { ...suite.timing, rounds: 1, samples: Math.min(suite.timing.samples, 32) },
    tuning: { trials: Math.min(suite.tuning.trials, 2), images: 8, samples: 2 },
    priorSamples: Math.min(suite.priorSamples, 500),
    ...(unseen && { unseen: { ...unseen, images: Math.min(unseen.images, 8), samples: Math.min(unseen.samples, 4) } }),
  };
}
