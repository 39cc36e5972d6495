import { aFunction, checkOptions, positiveInteger, positiveNumber } from "../../options.js";
import { uncertainPixels } from "../coverage.js";
import { rankTruths, type Ranks } from "./ranks.js";
import { formOfSamples, type SampledSimulations } from "./simulations.js";

/** The ranks of one pixel in the images in which it is uncertain. */
export interface PixelRanks {
  /** Its index in the image's array. */
  readonly pixel: number;
  readonly ranks: Ranks;
  /** The image of each rank. */
  readonly images: Int32Array;
}

/** Options of `rankPixels`. */
export interface PixelOptions {
  /** Pixels that are uncertain in fewer images are left out. Default: 50. */
  fewestImages?: number | undefined;
  /**
   * Values are rounded to multiples of this before they are ranked, so that a difference too small to be seen does not
   * count as an error. Default: 0.1, 5 % of the range of images. Exact samples stay exact.
   */
  resolution?: number | undefined;
  /** Draws a number uniform in [0, 1), for ties. */
  uniform(): number;
}

/**
 * Ranks each pixel of the truths among the samples, over the images in which the pixel is uncertain.
 *
 * Truth and samples together decide which images those are (`uncertainPixels`), so that the ranks of an exact posterior
 * stay uniform. The ranks of one pixel are independent; those of different pixels are not.
 *
 * @throws ShapeError if truths or samples are not whole images
 * @example
 * const ranked = calibration.rankPixels(sampled, { uniform: random.uniform });
 * const pValues = ranked.map(({ ranks }) => calibration.chiSquareTest(ranks));
 */
export function rankPixels(sampled: SampledSimulations, options: PixelOptions): PixelRanks[] {
  const rules = { fewestImages: positiveInteger, resolution: positiveNumber(), uniform: aFunction };
  checkOptions("pixels", options, rules, ["uniform"]);
  const { fewestImages = 50, resolution = 0.1, uniform } = options;
  const [size, each] = formOfSamples("pixels", sampled);
  const { count, truths, samples } = sampled;
  const uncertain = Array.from({ length: count }, (_, i) =>
    uncertainPixels(
      samples.subarray(i * each * size, (i + 1) * each * size),
      truths.subarray(i * size, (i + 1) * size),
    ),
  );
  const rounded = (value: number): number => Math.round(value / resolution);
  return Array.from({ length: size }, (_, pixel) => pixel).flatMap((pixel) => {
    const images = Int32Array.from(uncertain.keys()).filter((i) => uncertain[i][pixel] === 1);
    if (images.length < fewestImages) return [];
    const ranks = rankTruths(
      Float64Array.from(images, (i) => rounded(truths[i * size + pixel])),
      Float64Array.from({ length: images.length * each }, (_, k) =>
        rounded(samples[(images[Math.floor(k / each)] * each + (k % each)) * size + pixel]),
      ),
      uniform,
    );
    return [{ pixel, ranks, images }];
  });
}
