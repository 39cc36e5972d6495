import { z } from "zod";
import { firstRows, type HostArray } from "../../src/array/index.js";
import { type Classified, type Classifier } from "../../src/classifier/index.js";
import {
  checkedCoverage,
  checkedFigures,
  type CoverageFigures,
  cutSamples,
  type FeatureReference,
  featureScores,
  figuresOfImages,
  type ImageFigures,
  intervalsOf,
  keptFigures,
  mmdOfImages,
  type ProblemSamples,
  scoreImages,
  statisticsOf,
} from "../../src/evaluate/index.js";
import { InputError } from "../../src/errors.js";
import { firstObservations } from "../../src/operators/index.js";
import { readJson } from "../../src/storage/index.js";
import { type SampleSize } from "./suite.js";

const interval = z.tuple([z.number(), z.number()]);
// The PSNR of equal images is infinite, which JSON cannot represent.
const figure = z.number().nullable();

/** The figures of the samples themselves, without their cost. */
const quality = {
  /** Unbiased CRPS of a pixel; on the pixels that were not observed if the problem hides some. */
  crps: z.number(),
  /** Unbiased energy score of whole images. */
  energy: z.number(),
  /** Null if no pixel is uncertain. */
  coverage90: figure,
  psnrSample: figure,
  psnrMean: figure,
  ssimSample: z.number(),
  ssimMean: z.number(),
  /**
   * In the classifier's features: Frechet distance to its training images, precision, recall, distance to the truth.
   */
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
  /** Number of evaluations of the network for each sample. */
  evaluations: z.int(),
  secondsPerSample: z.number(),
  ...quality,
  /** Squared MMD to the reference chain, averaged over the images that have one; null if there is none. */
  mmd: figure,
  mmdImages: z.int(),
  /** 95 % bootstrap intervals over the images. */
  intervals: z.record(z.string(), interval),
  /**
   * The same on the images on which all methods of the suite are run, if some are run on fewer; only these figures are
   * compared between methods. Figures that depend on the number of samples (coverage, PSNR and SSIM of their mean, all
   * in features) use as many samples as all methods have; the others use all samples of the method.
   */
  shared: z
    .strictObject({ images: z.int(), samples: z.int(), ...quality, intervals: z.record(z.string(), interval) })
    .optional(),
});

/** The figures of one method on one problem of one data set. */
export type Cell = z.output<typeof cellSchema>;

/** Validates a cell that was read from a file. */
export const checkedCell = cellSchema as z.ZodType<Cell>;

/** A cell with the figures of its images, as stored for a method on a problem. */
export interface CellPart {
  /** The hash of the checkpoint from which it was drawn. */
  checkpoint: string;
  cell: Cell;
  figures: ImageFigures;
  /** The coverage of the images, and with the number of samples, of `cell.shared`. */
  sharedCoverage?: CoverageFigures | undefined;
}

const checkedPart = z.strictObject({
  checkpoint: z.string(),
  cell: checkedCell,
  figures: checkedFigures,
  sharedCoverage: checkedCoverage.optional(),
}) as z.ZodType<CellPart>;

/**
 * Reads a cell with its figures.
 *
 * @param size with the size on which methods are compared, if the suite has methods of several sizes
 * @throws InputError if it is damaged, or of another size or seed
 */
export async function readPart(
  path: string,
  { images, samples, shared }: SampleSize & Pick<Judge, "shared">,
  seed: number,
): Promise<CellPart> {
  const part = await readJson(path, checkedPart);
  const { cell } = part;
  if (cell.images !== images || cell.samples !== samples || cell.seed !== seed)
    throw new InputError(
      `${path} belongs to another benchmark (${cell.images} images, ${cell.samples} samples, seed ${cell.seed}): name another folder`,
    );
  if (cell.shared?.images !== shared?.images || cell.shared?.samples !== shared?.samples)
    throw new InputError(
      `${path} belongs to another benchmark (compared on ${sizeText(cell.shared)}, not on ${sizeText(shared)}): name another folder`,
    );
  return part;
}

function sizeText(size: SampleSize | undefined): string {
  return size === undefined ? "all of its images" : `${size.images} images, ${size.samples} samples`;
}

/** The inputs of the evaluation of a method's samples. */
export interface Judge {
  dataset: string;
  method: string;
  settings: Readonly<Record<string, number>>;
  checkpoint: string;
  seed: number;
  classifier: Classifier;
  features: FeatureReference;
  /** The true label of each image, if there are labels. */
  labels?: Int32Array | undefined;
  /** Samples of the reference chain for the first of the images, [images, samples, C, H, W]. */
  reference?: HostArray | undefined;
  /** The size that all methods have in common, if the suite has methods of several sizes. */
  shared?: SampleSize | undefined;
}

/** Evaluates the samples of one method on one problem. */
export async function judge(drawn: ProblemSamples, by: Judge): Promise<CellPart> {
  const { labels, seed, shared } = by;
  const [images, samples] = drawn.samples.shape;
  const seen = await classify(drawn, by);
  const scores = await scoreImages(drawn, labels && { predicted: seen.drawn.labels, labels });
  const figures = keptFigures(figuresOfImages(scores));
  const common = shared && (await onSharedImages(drawn, figures, shared, by));
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
    ...(common && { shared: common.quality }),
  };
  return { checkpoint: by.checkpoint, cell, figures, ...(common && { sharedCoverage: common.coverage }) };
}

/** The classifier's results for the samples and for the true images. */
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

/** The figures on the images and with the number of samples that all methods have. */
async function onSharedImages(
  drawn: ProblemSamples,
  figures: ImageFigures,
  { images, samples }: SampleSize,
  by: Judge,
): Promise<{ quality: NonNullable<Cell["shared"]>; coverage: CoverageFigures }> {
  const cut = {
    ...drawn,
    truth: firstRows(drawn.truth, images),
    observation: firstObservations(drawn.observation, images),
    samples: cutSamples(firstRows(drawn.samples, images), samples)[0],
  };
  const { covered, uncertainPixels, psnrMean, ssimMean } = keptFigures(
    figuresOfImages(await scoreImages(cut, undefined)),
  );
  const coverage = { covered, uncertainPixels };
  const common = { ...figures, ...coverage, psnrMean, ssimMean };
  const quality = {
    images,
    samples,
    ...statisticsOf(common, images),
    ...inFeatures(await classify(cut, by), by),
    intervals: intervalsOf(common, images, [], by.seed),
  };
  return { quality, coverage };
}
