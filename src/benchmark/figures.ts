import { z } from "zod";
import { type ImageScores } from "../evaluate/index.js";

const column = z.array(z.number());
// PSNR of equal images is infinite, which JSON has not.
const columnWithGaps = z.array(z.number().nullable());

const figuresSchema = z.strictObject({
  /** CRPS a pixel, unbiased, and the number of pixels that it is the mean of. */
  crps: column,
  crpsPixels: column,
  /** Energy score of the whole image, unbiased. */
  energy: column,
  /** Sum of the covered shares of the uncertain pixels, and their number. */
  covered: column,
  uncertainPixels: column,
  misfit: column,
  psnrSample: columnWithGaps,
  psnrMean: columnWithGaps,
  ssimSample: column,
  ssimMean: column,
  /** Share of the samples that the classifier reads right; empty without labels. */
  labelAgreement: column,
});

/** The figures of each image, a column a figure, with six digits. */
export type ImageFigures = z.output<typeof figuresSchema>;

/** Checks figures that were read from a file. */
export const checkedFigures = figuresSchema as z.ZodType<ImageFigures>;

/** The figures of images from their scores. */
export function figuresOfImages(scores: readonly ImageScores[]): ImageFigures {
  const of = (figure: (score: ImageScores) => number): number[] => scores.map((score) => sixDigits(figure(score)));
  const withGaps = (figure: (score: ImageScores) => number): (number | null)[] =>
    of(figure).map((value) => (Number.isFinite(value) ? value : null));
  return {
    crps: of(({ crps }) => crps.fair),
    crpsPixels: of(({ crpsPixels }) => crpsPixels),
    energy: of(({ energy }) => energy.fair),
    covered: of(({ coverage }) => coverage.covered),
    uncertainPixels: of(({ coverage }) => coverage.pixels),
    misfit: of(({ misfit }) => misfit),
    psnrSample: withGaps(({ psnrSample }) => psnrSample),
    psnrMean: withGaps(({ psnrMean }) => psnrMean),
    ssimSample: of(({ ssimSample }) => ssimSample),
    ssimMean: of(({ ssimMean }) => ssimMean),
    labelAgreement: scores.flatMap(({ agreement }) => (agreement === undefined ? [] : [sixDigits(agreement)])),
  };
}

const sixDigits = (value: number): number => Number(value.toPrecision(6));

/** The names of the figures that are put together from those of images. */
export const statisticNames = [
  "crps",
  "energy",
  "coverage90",
  "misfit",
  "labelAgreement",
  "psnrSample",
  "psnrMean",
  "ssimSample",
  "ssimMean",
] as const;
export type StatisticName = (typeof statisticNames)[number];

/**
 * A figure over the images with these numbers, each as often as it is named: the mean over pixels for CRPS and coverage,
 * over images for the others. NaN where an image has none, or no pixel is uncertain.
 */
export function statisticOf(figures: ImageFigures, name: StatisticName, items: ArrayLike<number>): number {
  switch (name) {
    case "crps":
      return ratio(items, (i) => figures.crps[i] * figures.crpsPixels[i], figures.crpsPixels);
    case "coverage90":
      return ratio(items, (i) => figures.covered[i], figures.uncertainPixels);
    default: {
      const values = figures[name];
      let sum = 0;
      for (let k = 0; k < items.length; k++) sum += values[items[k]] ?? Number.NaN;
      return sum / items.length;
    }
  }
}

function ratio(items: ArrayLike<number>, part: (i: number) => number, whole: readonly number[]): number {
  let [above, below] = [0, 0];
  for (let k = 0; k < items.length; k++) {
    above += part(items[k]);
    below += whole[items[k]];
  }
  return above / below;
}

/** The numbers of the first images. */
export function firstItems(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** How many images there are figures of. */
export function imageCount({ crps }: ImageFigures): number {
  return crps.length;
}
