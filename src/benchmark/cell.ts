import { z } from "zod";
import { firstRows, type HostArray, randomSource } from "../array/index.js";
import { type Classified, type Classifier } from "../classifier/index.js";
import { type FeatureReference, featureScores, type ProblemSamples, scoreImages } from "../evaluate/index.js";
import { bootstrapInterval, meanInterval } from "../metrics/index.js";
import {
  checkedFigures,
  figuresOfImages,
  firstItems,
  type ImageFigures,
  type StatisticName,
  statisticNames,
  statisticOf,
} from "./figures.js";
import { firstObservations } from "../operators/index.js";
import { cutSamples, mmdOfImages } from "./reference.js";
import { type SampleSize } from "./suite.js";

const interval = z.tuple([z.number(), z.number()]);
// PSNR of equal images is infinite, which JSON has not.
const figure = z.number().nullable();

/** The figures of samples as such, beside what they cost. */
const quality = {
  /** CRPS a pixel, unbiased; on the pixels that were not observed if the problem hides some. */
  crps: z.number(),
  /** Energy score of whole images, unbiased. */
  energy: z.number(),
  /** Null if no pixel is uncertain. */
  coverage90: figure,
  psnrSample: figure,
  psnrMean: figure,
  ssimSample: z.number(),
  ssimMean: z.number(),
  /** In the classifier's features: Frechet distance to its training images, precision, recall, distance to the truth. */
  frechet: z.number(),
  precision: z.number(),
  recall: z.number(),
  featureDistance: z.number(),
  labelAgreement: figure,
  misfit: z.number(),
};

const cellSchema = z.strictObject({
  dataset: z.string(),
  problem: z.string(),
  method: z.string(),
  settings: z.record(z.string(), z.number()),
  images: z.int(),
  samples: z.int(),
  seed: z.int(),
  /** Evaluations of the network a sample. */
  evaluations: z.int(),
  secondsPerSample: z.number(),
  ...quality,
  /** Squared MMD to the reference chain, mean over the images that have one; null where there is none. */
  mmd: figure,
  mmdImages: z.int(),
  /** 95 % bootstrap intervals over the images. */
  intervals: z.record(z.string(), interval),
  /**
   * The same on the images that all methods of the suite are run on, where some are run on fewer: the one place where methods
   * are compared. What depends on the number of samples (PSNR and SSIM of their mean, all in features) is that of as many
   * as all methods have; the rest, which does not, is that of all samples of the method.
   */
  shared: z
    .strictObject({ images: z.int(), samples: z.int(), ...quality, intervals: z.record(z.string(), interval) })
    .optional(),
});

/** The figures of one method on one problem of one data set. */
export type Cell = z.output<typeof cellSchema>;

/** Checks a cell that was read from a file. */
export const checkedCell = cellSchema as z.ZodType<Cell>;

/** A cell with the figures of its images: what is kept of a method on a problem. */
export interface CellPart {
  /** The hash of the checkpoint that it was drawn from. */
  checkpoint: string;
  cell: Cell;
  figures: ImageFigures;
}

/** Checks a cell with its figures that was read from a file. */
export const checkedPart = z.strictObject({
  checkpoint: z.string(),
  cell: checkedCell,
  figures: checkedFigures,
}) as z.ZodType<CellPart>;

/** What a method's samples are judged with. */
export interface Judge {
  dataset: string;
  method: string;
  settings: Readonly<Record<string, number>>;
  checkpoint: string;
  seed: number;
  classifier: Classifier;
  features: FeatureReference;
  /** The true label of each image, where there are labels. */
  labels?: Int32Array | undefined;
  /** Samples of the reference chain for the first of the images, [images, samples, C, H, W]. */
  reference?: HostArray | undefined;
  /** What all methods have in common, if the suite has methods of several sizes. */
  shared?: SampleSize | undefined;
}

/** Judges the samples of one method on one problem. */
export async function judge(drawn: ProblemSamples, by: Judge): Promise<CellPart> {
  const { labels, seed, shared } = by;
  const [images, samples] = drawn.samples.shape;
  const seen = await classify(drawn, by);
  const scores = await scoreImages(drawn, labels && { read: seen.drawn.labels, labels });
  const figures = figuresOfImages(scores);
  const mmds = by.reference === undefined ? [] : mmdOfImages(drawn.samples, by.reference);
  const cell = {
    dataset: by.dataset,
    problem: drawn.observation.problem.name,
    method: by.method,
    settings: { ...by.settings },
    images,
    samples,
    seed,
    evaluations: drawn.evaluations,
    secondsPerSample: drawn.msPerSample / 1000,
    ...statisticsOf(figures, images),
    ...inFeatures(seen, by),
    mmd: mmds.length === 0 ? null : mmds.reduce((sum, value) => sum + value, 0) / mmds.length,
    mmdImages: mmds.length,
    intervals: intervalsOf(figures, images, mmds, seed),
    ...(shared && { shared: await sharedQuality(drawn, figures, shared, by) }),
  };
  return { checkpoint: by.checkpoint, cell, figures };
}

/** What the classifier sees in the samples and in their truths. */
async function classify(
  { samples, truth }: ProblemSamples,
  { classifier }: Judge,
): Promise<Record<"drawn" | "wanted", Classified>> {
  return {
    drawn: await classifier.classify(samples.data as Float32Array),
    wanted: await classifier.classify(truth.data as Float32Array),
  };
}

function inFeatures({ drawn, wanted }: Record<"drawn" | "wanted", Classified>, { classifier, features }: Judge) {
  return featureScores(drawn.features, wanted.features, classifier.featureSize, features);
}

/** Every statistic over the first images; those that JSON may lack are null where they are not finite. */
function statisticsOf(figures: ImageFigures, images: number) {
  const of = (name: StatisticName): number => statisticOf(figures, name, firstItems(images));
  return {
    crps: of("crps"),
    energy: of("energy"),
    misfit: of("misfit"),
    ssimSample: of("ssimSample"),
    ssimMean: of("ssimMean"),
    coverage90: finite(of("coverage90")),
    psnrSample: finite(of("psnrSample")),
    psnrMean: finite(of("psnrMean")),
    labelAgreement: finite(of("labelAgreement")),
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

async function sharedQuality(
  drawn: ProblemSamples,
  figures: ImageFigures,
  { images, samples }: SampleSize,
  by: Judge,
): Promise<NonNullable<Cell["shared"]>> {
  const cut = {
    ...drawn,
    truth: firstRows(drawn.truth, images),
    observation: firstObservations(drawn.observation, images),
    samples: cutSamples(firstRows(drawn.samples, images), samples)[0],
  };
  const { psnrMean, ssimMean } = figuresOfImages(await scoreImages(cut, undefined));
  const common = { ...figures, psnrMean, ssimMean };
  return {
    images,
    samples,
    ...statisticsOf(common, images),
    ...inFeatures(await classify(cut, by), by),
    intervals: intervalsOf(common, images, [], by.seed),
  };
}

/** The bootstrap over the first images of each figure that is known image by image. */
export function intervalsOf(
  figures: ImageFigures,
  images: number,
  mmds: readonly number[],
  seed: number,
): Cell["intervals"] {
  const drawn = (name: string) => ({ uniform: randomSource(seed, "bootstrap", name).uniform });
  const known = statisticNames.filter((name) => Number.isFinite(statisticOf(figures, name, firstItems(images))));
  const intervals = [
    ...known.map((name) => {
      const statistic = (items: Int32Array): number => statisticOf(figures, name, items);
      return [name, bootstrapInterval(images, statistic, drawn(name))] as const;
    }),
    ...(mmds.length === 0 ? [] : [["mmd", meanInterval(mmds, drawn("mmd"))] as const]),
  ];
  // A resample of images without an uncertain pixel has no coverage.
  const whole = intervals.filter(([, { low, high }]) => Number.isFinite(low) && Number.isFinite(high));
  return Object.fromEntries(whole.map(([name, { low, high }]) => [name, [low, high]]));
}
