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

/** The name of the judged Variational Flow Map among those of a data set. */
export const judgedName = "vfm";

const datasetSchema = z.strictObject({
  /** The name in results, e.g. "mnist". */
  name: methodName,
  /**
   * The checkpoints of Variational Flow Maps, by their names in results: "vfm" is the judged model; "adapter-alone" is
   * the baseline with a frozen flow map.
   */
  variational: folders.refine((named) => judgedName in named, `one of them has to be "${judgedName}"`),
  /**
   * The checkpoint with the flow map before joint training. It is the prior of all guided samplers, and the joint
   * model's unconditional samples are compared with its samples. Without it, the model's own flow map is the guided
   * samplers' prior.
   */
  prior: z.string().optional(),
  /** The checkpoints of conditional flow maps by name. */
  conditional: folders.default({}),
  /** The folder of the classifier in whose features samples are compared. */
  classifier: z.string(),
});

/** The number of images, and of samples of each. */
const sizeSchema = z.strictObject({ images: count, samples: z.int().min(2) });

const suiteSchema = z.strictObject({
  seed: z.int().nonnegative(),
  /** Number of held-out images of each data set. */
  images: count,
  /** Number of samples of each image, at least two. */
  samples: z.int().min(2),
  /**
   * Methods that are too expensive for this size, by name: they use the first of the same images, and fewer samples.
   */
  sizes: z.record(methodName, sizeSchema).default({}),
  /** Numbers of evaluations for each sample of the Variational Flow Maps, one row for each. */
  flowMapSteps: z.array(count).min(1),
  /** Evaluations for each sample of a conditional flow map whose last stage is flow matching; the others take one. */
  conditionalSteps: count,
  /**
   * The long chain in noise space that is the reference of the MMD, on the first of the images. Default: no chain and
   * no MMD.
   */
  reference: z
    .strictObject({ images: count, steps: count, leapfrog: count, stepSize: z.number().positive() })
    .optional(),
  /** The budget for tuning each guided sampler on the validation split. */
  tuning: z.strictObject({ trials: count, images: count, samples: z.int().min(2) }),
  /**
   * The seconds for each sample are the least of this many rounds of `samples` samples; draws shorter than
   * `leastSeconds` are repeated.
   */
  timing: z.strictObject({ rounds: count, leastSeconds: z.number().nonnegative(), samples: count.default(256) }),
  /** Number of unconditional samples for the Frechet distance of the prior. */
  priorSamples: z.int().min(100).default(10_000),
  /** Problems on which no network was trained. */
  unseen: z
    .strictObject({
      ...sizeSchema.shape,
      /** The name of a guided sampler that runs on them with the judged model's own flow map as its prior. */
      guided: z.enum(guidedMethods.map(({ name }) => name)).optional(),
      problems: z.array(unseenProblemSchema).min(1),
    })
    .optional(),
  datasets: z.array(datasetSchema).min(1),
});

/** The specification of an image benchmark: data sets, models and sizes. */
export type Suite = z.output<typeof suiteSchema>;
/** One data set of a suite, with the folders of its models. */
export type SuiteDataset = Suite["datasets"][number];
/** The number of images on which a method is run, and of samples that it draws of each. */
export type SampleSize = z.output<typeof sizeSchema>;
export { type UnseenProblem };

/** The size of a method's part of the benchmark. */
export function sizeOfMethod({ images, samples, sizes }: Suite, method: string): SampleSize {
  const own = sizes[method];
  if (own === undefined) return { images, samples };
  return { images: Math.min(images, own.images), samples: Math.min(samples, own.samples) };
}

/**
 * The size that all methods have in common: the images on which each is run, and the least number of samples that each
 * draws.
 */
export function sharedSize(suite: Suite): SampleSize {
  const { sizes, reference } = suite;
  const methods = Object.keys(sizes).map((method) => sizeOfMethod(suite, method));
  const all = [
    suite,
    ...(reference === undefined ? [] : [{ images: reference.images, samples: suite.samples }]),
    ...methods,
  ];
  return {
    images: Math.min(...all.map(({ images }) => images)),
    samples: Math.min(...all.map(({ samples }) => samples)),
  };
}

/** The size on which methods are compared if they have several sizes; undefined if all have the suite's. */
export function comparedSize(suite: Suite): SampleSize | undefined {
  const shared = sharedSize(suite);
  return shared.images < suite.images || shared.samples < suite.samples ? shared : undefined;
}

/**
 * Reads a suite. The folders in it are relative to `root`.
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

/** The same suite at a size that takes a few minutes. Its figures show that everything runs, and little else. */
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
