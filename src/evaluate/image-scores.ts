import { hostArray, type HostArray, type NDArray, sizeOf, takeRows } from "../array/index.js";
import { type Backend, compile, engineOf, formOf, sharedCache } from "../compile/index.js";
import { imageShapeOf, type ImageShape } from "../data/index.js";
import {
  coverage,
  type Coverage,
  type EnergyForm,
  energyScore,
  mean,
  meanCrps,
  misfit,
  psnr,
  ssim,
  uncertainPixels,
} from "../metrics/index.js";
import { broadcastMask, isLocal, observedCounts, type TracedParameters } from "../operators/index.js";
import { type Classifier } from "../classifier/index.js";
import { type DrawnSamples } from "./draw-samples.js";

/** How well the samples of one image represent the posterior. */
export interface DistributionScores {
  /** CRPS of a pixel: the mean over the pixels that were not observed if there are any, otherwise over all. */
  crps: EnergyForm;
  /** The number of those pixels. */
  crpsPixels: number;
  /** Energy score of whole images: the CRPS of vectors, in the Euclidean norm over all pixels. */
  energy: EnergyForm;
  /** Coverage of the central 90 % interval on the uncertain pixels. */
  coverage: Coverage;
  /** Mean over the samples of their misfit to the observation; 0 if nothing of the image was observed. */
  misfit: number;
}

/** How good the samples of one image are. */
export interface ImageScores extends DistributionScores {
  /** Mean over the samples of their PSNR, in decibels. */
  psnrSample: number;
  /** PSNR of the samples' mean, in decibels. */
  psnrMean: number;
  /** Mean over the samples of their structural similarity. */
  ssimSample: number;
  /** Structural similarity of the samples' mean. */
  ssimMean: number;
  /** The share of the samples for which the classifier gives the true label. */
  agreement?: number;
}

/** The classifier's labels of the samples, and the true labels. */
export interface ClassifiedSamples {
  /** The classifier's label of each sample, [images x samples], with the samples of an image in succession. */
  predicted: Int32Array;
  /** The true label of each image, [images]. */
  labels: Int32Array;
}

/** Classifies a problem's samples. labels: the true label of each image, [images]. */
export async function classifySamples(
  { samples }: DrawnSamples,
  classifier: Classifier,
  labels: Int32Array,
): Promise<ClassifiedSamples> {
  return { predicted: (await classifier.classify(samples.data as Float32Array)).labels, labels };
}

/** Scores the samples of each image; labels are scored only if `classified` is given. */
export async function scoreImages(
  drawn: DrawnSamples,
  classified: ClassifiedSamples | undefined,
  backend?: Backend,
): Promise<ImageScores[]> {
  const scores = await scoreDistributions(drawn, backend);
  const agreements = classified && agreementOfImages(drawn.samples.shape[1], classified);
  return scores.map((score, i) => ({
    ...score,
    ...likenessOf(row(drawn.samples, i), row(drawn.truth, i), imageShapeOf(drawn.truth)),
    ...(agreements && { agreement: agreements[i] }),
  }));
}

/** Scores the samples of each image only as a distribution; settings are chosen by these scores. */
export async function scoreDistributions(drawn: DrawnSamples, backend?: Backend): Promise<DistributionScores[]> {
  const misfits = await misfitOfImages(drawn, backend);
  const mask = pixelMask(drawn);
  return misfits.map((misfit, i) => {
    const truth = row(drawn.truth, i);
    const samples = row(drawn.samples, i);
    const hidden = mask && hiddenPixels(row(mask, i));
    return {
      crps: meanCrps(samples, truth, hidden),
      crpsPixels: hidden === undefined ? truth.length : hidden.reduce((sum, value) => sum + value, 0),
      energy: energyScore(samples, truth),
      coverage: coverage(samples, truth, uncertainPixels(samples, truth)),
      misfit,
    };
  });
}

/** The values with index `i` along the first axis. */
function row({ shape: [, ...rest], data }: HostArray, i: number): Float32Array {
  const size = sizeOf(rest);
  return data.subarray(i * size, (i + 1) * size) as Float32Array;
}

/** The mask of the observed pixels, [N, C, H, W]; undefined if the problem's mask, if any, is not one of pixels. */
function pixelMask({ truth: { shape }, observation: { problem, y, parameters } }: DrawnSamples): HostArray | undefined {
  const { operator } = problem.observation;
  const { observedMask } = operator;
  if (observedMask === undefined || !isLocal(operator) || y.shape.join() !== shape.join()) return undefined;
  return hostArray(broadcastMask(parameters[observedMask], shape), shape);
}

/** 1 where a pixel was not observed; undefined, for all pixels, if every one was. */
function hiddenPixels(mask: Float32Array): Uint8Array | undefined {
  const hidden = Uint8Array.from(mask, (value) => (value > 0 ? 0 : 1));
  return hidden.includes(1) ? hidden : undefined;
}

/** PSNR and SSIM of single samples and of their mean. */
function likenessOf(
  samples: Float32Array,
  truth: Float32Array,
  image: ImageShape,
): Pick<ImageScores, "psnrSample" | "psnrMean" | "ssimSample" | "ssimMean"> {
  const size = truth.length;
  const count = samples.length / size;
  const average = new Float64Array(size);
  const all = Array.from({ length: count }, (_, j) => samples.subarray(j * size, (j + 1) * size));
  for (const sample of all) sample.forEach((value, pixel) => (average[pixel] += value / count));
  return {
    psnrSample: mean(all.map((sample) => psnr(sample, truth))),
    psnrMean: psnr(average, truth),
    ssimSample: mean(all.map((sample) => ssim(sample, truth, image))),
    ssimMean: ssim(average, truth, image),
  };
}

/**
 * Mean misfit of each image's samples: A is applied to the first sample of every image, then to the second, and so on.
 */
async function misfitOfImages({ truth, observation, samples }: DrawnSamples, backend?: Backend): Promise<number[]> {
  const { problem, y, parameters } = observation;
  const { observation: model } = problem;
  const { operator, sigma } = model;
  const [count, perImage, ...rest] = samples.shape;
  const all = hostArray(samples.data, [count * perImage, ...rest]);
  const observed = observedCounts(operator, count, truth.shape.slice(1), parameters);
  const misfits = new Array<number>(count).fill(0);
  await sharedCache.use(
    { objects: [model], values: ["prediction", formOf([truth, parameters]), backend] },
    () => {
      const predicted = (x: NDArray, drawn: TracedParameters): NDArray => model.predict(x, drawn);
      return compile(predicted, [truth, parameters], engineOf({ backend }));
    },
    async ({ run }) => {
      for (let j = 0; j < perImage; j++) {
        const x = takeRows(
          all,
          Int32Array.from({ length: count }, (_, i) => i * perImage + j),
        );
        const predicted = await run(x, parameters);
        for (let i = 0; i < count; i++)
          // An image of which nothing was observed has no misfit; it counts as 0.
          if (observed[i] > 0) misfits[i] += misfit(row(y, i), row(predicted, i), sigma, observed[i]) / perImage;
      }
    },
  );
  return misfits;
}

function agreementOfImages(perImage: number, { predicted, labels }: ClassifiedSamples): number[] {
  return Array.from(labels, (label, i) => {
    const right = predicted.subarray(i * perImage, (i + 1) * perImage).filter((other) => other === label);
    return right.length / perImage;
  });
}
