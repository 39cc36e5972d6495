import { z } from "zod";
import { hostArray, type HostArray, randomSource, sizeOf, takeRows } from "../array/index.js";
import {
  type Classifier,
  crpsOver,
  type FeatureReference,
  featureScores,
  type ImageScores,
  type ProblemSamples,
  scoreImages,
  summarise,
} from "../evaluate/index.js";
import {
  bootstrapInterval,
  type BootstrapOptions,
  medianBandwidth,
  meanInterval,
  squaredMmd,
} from "../metrics/index.js";

const interval = z.tuple([z.number(), z.number()]);
// PSNR of equal images is infinite, which JSON has not.
const figure = z.number().nullable();

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
  /** CRPS a pixel, unbiased; on the pixels that were not observed if the problem hides some. */
  crps: z.number(),
  /** Energy score of whole images, unbiased. */
  energy: z.number(),
  /** Squared MMD to the reference chain, mean over the images that have one; null where there is none. */
  mmd: figure,
  mmdImages: z.int(),
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
  /** 95 % bootstrap intervals over the images. */
  intervals: z.record(z.string(), interval),
});

/** The figures of one method on one problem of one data set. */
export type Cell = z.output<typeof cellSchema>;

/** Checks a cell that was read from a file. */
export const checkedCell = cellSchema as z.ZodType<Cell>;

/** What a method's samples are judged with. */
export interface Judge {
  dataset: string;
  method: string;
  settings: Readonly<Record<string, number>>;
  seed: number;
  classifier: Classifier;
  features: FeatureReference;
  /** The true label of each image, where there are labels. */
  labels?: Int32Array | undefined;
  /** Samples of the reference chain for the first of the images, [images, samples, C, H, W]. */
  reference?: HostArray | undefined;
}

/** Judges the samples of one method on one problem. */
export async function judge(drawn: ProblemSamples, by: Judge): Promise<Cell> {
  const { classifier, labels, seed } = by;
  const [images, samples] = drawn.samples.shape;
  const seen = await classifier.classify(drawn.samples.data as Float32Array);
  const wanted = await classifier.classify(drawn.truth.data as Float32Array);
  const scores = await scoreImages(drawn, labels && { read: seen.labels, labels });
  const summary = summarise(scores, drawn, seed);
  const features = featureScores(seen.features, wanted.features, classifier.featureSize, by.features);
  const mmds = by.reference === undefined ? [] : mmdOfImages(drawn.samples, by.reference);
  return {
    dataset: by.dataset,
    problem: drawn.problem.name,
    method: by.method,
    settings: { ...by.settings },
    images,
    samples,
    seed,
    evaluations: drawn.evaluations,
    secondsPerSample: drawn.msPerSample / 1000,
    crps: summary.crpsFair,
    energy: summary.energyFair,
    mmd: mmds.length === 0 ? null : mean(mmds),
    mmdImages: mmds.length,
    coverage90: summary.coverage90 ?? null,
    psnrSample: finite(summary.psnrSample),
    psnrMean: finite(summary.psnrMean),
    ssimSample: summary.ssimSample,
    ssimMean: summary.ssimMean,
    ...features,
    labelAgreement: summary.labelAgreement ?? null,
    misfit: summary.misfit,
    intervals: intervalsOf(scores, mmds, seed),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The bootstrap over images of each figure that is known image by image. */
export function intervalsOf(scores: readonly ImageScores[], mmds: readonly number[], seed: number): Cell["intervals"] {
  const figures: Record<string, readonly number[]> = {
    energy: scores.map(({ energy }) => energy.fair),
    mmd: mmds,
    psnrSample: scores.map(({ psnrSample }) => psnrSample),
    psnrMean: scores.map(({ psnrMean }) => psnrMean),
    ssimMean: scores.map(({ ssimMean }) => ssimMean),
    labelAgreement: scores.flatMap(({ agreement }) => agreement ?? []),
    misfit: scores.map(({ misfit }) => misfit),
  };
  const known = Object.entries(figures).filter(([, values]) => values.length > 0 && values.every(Number.isFinite));
  const drawn = (name: string): BootstrapOptions => ({ uniform: randomSource(seed, "bootstrap", name).uniform });
  // Images with more hidden pixels weigh more in the CRPS: it is not the mean of the images' own.
  const crps = bootstrapInterval(scores.length, (items) => crpsOver(scores, items, "fair"), drawn("crps"));
  const intervals = {
    crps,
    ...Object.fromEntries(known.map(([name, values]) => [name, meanInterval(values, drawn(name))])),
  };
  return Object.fromEntries(Object.entries(intervals).map(([name, { low, high }]) => [name, [low, high]]));
}

/**
 * Squared MMD of each image's samples to the reference's. The bandwidth is the reference's own, the same for all methods;
 * an image whose reference has no spread has no bandwidth, and is left out.
 */
export function mmdOfImages(samples: HostArray, reference: HostArray): number[] {
  const [count, perImage, ...image] = reference.shape;
  const size = sizeOf(image);
  const rows = ({ data, shape }: HostArray, i: number): Float32Array =>
    data.subarray(i * shape[1] * size, (i + 1) * shape[1] * size) as Float32Array;
  const half = Math.floor(perImage / 2) * size;
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const exact = rows(reference, i);
    const bandwidth = medianBandwidth(exact.subarray(0, half), exact.subarray(half), size);
    return bandwidth > 0 ? [squaredMmd(rows(samples, i), exact, size, bandwidth)] : [];
  });
}

/** Samples cut along the second axis: the first `count`, and the rest. */
export function cutSamples({ shape, data }: HostArray, count: number): [HostArray, HostArray] {
  const [images, samples, ...image] = shape;
  const all = hostArray(data, [images * samples, ...image]);
  const part = (from: number, to: number): HostArray => {
    const places = { length: images * (to - from) };
    const rows = Array.from(places, (_, k) => Math.floor(k / (to - from)) * samples + from + (k % (to - from)));
    return hostArray(takeRows(all, rows).data, [images, to - from, ...image]);
  };
  return [part(0, count), part(count, samples)];
}
