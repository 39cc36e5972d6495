import { randomSource } from "../array/index.js";
import { bootstrapInterval, mean } from "../metrics/index.js";
import { type DistributionScores, type ImageScores } from "./image-scores.js";
import { type ProblemSamples } from "./draw-samples.js";

/** How well samples stand for the posterior, over all images. */
export interface DistributionMetrics {
  /** CRPS a pixel, its unbiased estimate; on the pixels that were not observed if the problem hides some. */
  crpsFair: number;
  /** Energy score of whole images, its unbiased estimate: the CRPS of vectors. */
  energyFair: number;
  /** Share of the uncertain pixels that the central 90 % interval covers; absent if no pixel is uncertain. */
  coverage90?: number;
  /** ||y - A x||^2 / sigma^2 an observed entry, mean over samples. */
  misfit: number;
}

/** The figures of one model on one problem. */
export interface ProblemMetrics extends DistributionMetrics {
  /** CRPS a pixel in its energy form (V-statistic); on the pixels that were not observed if the problem hides some. */
  crps: number;
  /** Its 95 % bootstrap interval over the images. */
  crpsInterval: [low: number, high: number];
  /** Mean PSNR of a sample, in decibels. */
  psnrSample: number;
  /** Mean PSNR of the samples' mean, in decibels. */
  psnrMean: number;
  /** Mean structural similarity of a sample. */
  ssimSample: number;
  /** Mean structural similarity of the samples' mean. */
  ssimMean: number;
  /** Share of the samples that the classifier reads right; absent without labels. */
  labelAgreement?: number;
  msPerSample: number;
  evaluations: number;
}

/**
 * The figures over all images; pixels weigh equally in CRPS and coverage, images in the others.
 *
 * @param seed of the bootstrap
 */
export function summarise(
  scores: readonly ImageScores[],
  cost: Pick<ProblemSamples, "msPerSample" | "evaluations">,
  seed: number,
): ProblemMetrics {
  const { uniform } = randomSource(seed, "bootstrap");
  const { value, low, high } = bootstrapInterval(scores.length, (items) => crpsOver(scores, items, "plain"), {
    uniform,
  });
  const meanOf = (score: (image: ImageScores) => number): number => mean(scores.map(score));
  const agreements = scores.flatMap(({ agreement }) => agreement ?? []);
  return {
    crps: value,
    crpsInterval: [low, high],
    ...summariseDistributions(scores),
    psnrSample: meanOf(({ psnrSample }) => psnrSample),
    psnrMean: meanOf(({ psnrMean }) => psnrMean),
    ssimSample: meanOf(({ ssimSample }) => ssimSample),
    ssimMean: meanOf(({ ssimMean }) => ssimMean),
    ...(agreements.length > 0 ? { labelAgreement: mean(agreements) } : {}),
    msPerSample: cost.msPerSample,
    evaluations: cost.evaluations,
  };
}

/** The figures of the distributions alone: pixels weigh equally in CRPS and coverage, images in the others. */
export function summariseDistributions(scores: readonly DistributionScores[]): DistributionMetrics {
  const covered = scores.reduce((sum, { coverage }) => sum + coverage.covered, 0);
  const uncertain = scores.reduce((sum, { coverage }) => sum + coverage.pixels, 0);
  return {
    crpsFair: crpsOver(scores, scores.keys(), "fair"),
    energyFair: mean(scores.map(({ energy }) => energy.fair)),
    ...(uncertain > 0 ? { coverage90: covered / uncertain } : {}),
    misfit: mean(scores.map(({ misfit }) => misfit)),
  };
}

/**
 * CRPS a pixel over the images with these numbers; pixels weigh equally: sum_i n_i CRPS_i / sum_i n_i.
 *
 * @param items numbers of images, also several times
 * @param form the energy form as it is (V-statistic), or its unbiased estimate
 */
export function crpsOver(
  scores: readonly DistributionScores[],
  items: Iterable<number>,
  form: "plain" | "fair",
): number {
  let [total, pixels] = [0, 0];
  for (const i of items) {
    total += scores[i].crps[form] * scores[i].crpsPixels;
    pixels += scores[i].crpsPixels;
  }
  return total / pixels;
}
