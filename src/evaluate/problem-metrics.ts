import { randomSource } from "../array/index.js";
import { bootstrapInterval } from "../metrics/index.js";
import { type ProblemSamples } from "./draw-samples.js";
import { distributionFigures, figuresOfImages } from "./image-figures.js";
import { type DistributionScores, type ImageScores } from "./image-scores.js";
import { firstItems, type StatisticName, statisticOf } from "./statistics.js";

/** How well samples represent the posterior, over all images. */
export interface DistributionMetrics {
  /**
   * Unbiased estimate of the CRPS of a pixel; on an image's hidden pixels, those that were not observed, if it has any,
   * otherwise on all.
   */
  crpsFair: number;
  /** Unbiased estimate of the energy score of whole images, the CRPS of vectors. */
  energyFair: number;
  /** Share of the uncertain pixels that the central 90 % interval covers; absent if no pixel is uncertain. */
  coverage90?: number;
  /** ||y - A x||^2 / sigma^2 for each observed entry, averaged over samples. */
  misfit: number;
}

/** The figures of one model on one problem. */
export interface ProblemMetrics extends DistributionMetrics {
  /** CRPS of a pixel in its energy form (V-statistic), on the same pixels. */
  crps: number;
  /** Its 95 % bootstrap interval over the images; absent for one image, whose resamples are all equal. */
  crpsInterval?: [low: number, high: number];
  /** Mean PSNR of a sample, in decibels. */
  psnrSample: number;
  /** Mean PSNR of the samples' mean, in decibels. */
  psnrMean: number;
  /** Mean structural similarity of a sample. */
  ssimSample: number;
  /** Mean structural similarity of the samples' mean. */
  ssimMean: number;
  /** Share of the samples that the classifier classifies correctly; absent without labels. */
  labelAgreement?: number;
  msPerSample: number;
  evaluations: number;
}

/**
 * The figures over all images; pixels have equal weight in CRPS and coverage, images in the other figures.
 *
 * @param seed seed of the bootstrap
 */
export function summarise(
  scores: readonly ImageScores[],
  cost: Pick<ProblemSamples, "msPerSample" | "evaluations">,
  seed: number,
): ProblemMetrics {
  const figures = figuresOfImages(scores);
  const of = (name: StatisticName): number => statisticOf(figures, name, firstItems(scores.length));
  const plain = { ...figures, crps: scores.map(({ crps }) => crps.plain) };
  const { uniform } = randomSource(seed, "bootstrap");
  const { value, low, high } = bootstrapInterval(scores.length, (items) => statisticOf(plain, "crps", items), {
    uniform,
  });
  return {
    crps: value,
    ...(scores.length > 1 && { crpsInterval: [low, high] }),
    ...summariseDistributions(scores),
    psnrSample: of("psnrSample"),
    psnrMean: of("psnrMean"),
    ssimSample: of("ssimSample"),
    ssimMean: of("ssimMean"),
    ...(figures.labelAgreement.length > 0 ? { labelAgreement: of("labelAgreement") } : {}),
    msPerSample: cost.msPerSample,
    evaluations: cost.evaluations,
  };
}

/**
 * The figures of the distributions alone; pixels have equal weight in CRPS and coverage, images in the other figures.
 */
export function summariseDistributions(scores: readonly DistributionScores[]): DistributionMetrics {
  const figures = distributionFigures(scores);
  const of = (name: StatisticName): number => statisticOf(figures, name, firstItems(scores.length));
  const coverage90 = of("coverage90");
  return {
    crpsFair: of("crps"),
    energyFair: of("energy"),
    ...(Number.isNaN(coverage90) ? {} : { coverage90 }),
    misfit: of("misfit"),
  };
}
