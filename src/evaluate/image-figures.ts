import { z } from "zod";
import { type DistributionScores, type ImageScores } from "./image-scores.js";

const column = z.array(z.number());
// The PSNR of equal images is infinite, which JSON cannot represent.
const columnWithGaps = z.array(z.number().nullable());

const figuresSchema = z.strictObject({
  /** Unbiased CRPS of each image's pixels, and the number of pixels of which it is the mean. */
  crps: column,
  crpsPixels: column,
  /** Unbiased energy score of the whole image. */
  energy: column,
  /** Sum of the covered shares of the uncertain pixels, and their number. */
  covered: column,
  uncertainPixels: column,
  misfit: column,
  psnrSample: columnWithGaps,
  psnrMean: columnWithGaps,
  ssimSample: column,
  ssimMean: column,
  /** Share of the samples that the classifier classifies correctly; empty without labels. */
  labelAgreement: column,
});

/** The figures of each image, one column for each figure. */
export type ImageFigures = z.output<typeof figuresSchema>;

/** The figures of the samples as distributions. */
export type DistributionFigures = Pick<
  ImageFigures,
  "crps" | "crpsPixels" | "energy" | "covered" | "uncertainPixels" | "misfit"
>;

/** The coverage of images: the figures that depend on the number of samples. */
export type CoverageFigures = Pick<ImageFigures, "covered" | "uncertainPixels">;

/** Validates coverage figures that were read from a file. */
export const checkedCoverage = figuresSchema.pick({
  covered: true,
  uncertainPixels: true,
}) as z.ZodType<CoverageFigures>;

/** Validates figures that were read from a file. */
export const checkedFigures = figuresSchema as z.ZodType<ImageFigures>;

/** The figures of images from the scores of their samples as distributions. */
export function distributionFigures(scores: readonly DistributionScores[]): DistributionFigures {
  return {
    crps: scores.map(({ crps }) => crps.fair),
    crpsPixels: scores.map(({ crpsPixels }) => crpsPixels),
    energy: scores.map(({ energy }) => energy.fair),
    covered: scores.map(({ coverage }) => coverage.covered),
    uncertainPixels: scores.map(({ coverage }) => coverage.pixels),
    misfit: scores.map(({ misfit }) => misfit),
  };
}

/** The figures of images from their scores. */
export function figuresOfImages(scores: readonly ImageScores[]): ImageFigures {
  return {
    ...distributionFigures(scores),
    psnrSample: scores.map(({ psnrSample }) => psnrSample),
    psnrMean: scores.map(({ psnrMean }) => psnrMean),
    ssimSample: scores.map(({ ssimSample }) => ssimSample),
    ssimMean: scores.map(({ ssimMean }) => ssimMean),
    labelAgreement: scores.flatMap(({ agreement }) => agreement ?? []),
  };
}

/** The figures as stored in a file: with six digits, and null where a PSNR is infinite. */
export function keptFigures(figures: ImageFigures): ImageFigures {
  const { psnrSample, psnrMean, ...whole } = figures;
  const rounded = Object.fromEntries(Object.entries(whole).map(([name, values]) => [name, values.map(sixDigits)]));
  return { ...figures, ...rounded, psnrSample: withGaps(psnrSample), psnrMean: withGaps(psnrMean) };
}

const sixDigits = (value: number): number => Number(value.toPrecision(6));
const withGaps = (values: readonly (number | null)[]): (number | null)[] =>
  values.map((value) => (value !== null && Number.isFinite(value) ? sixDigits(value) : null));

/** Number of images with figures. */
export function imageCount({ crps }: DistributionFigures): number {
  return crps.length;
}
