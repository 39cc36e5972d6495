import { randomSource } from "../array/index.js";
import { bootstrapInterval, meanInterval } from "../metrics/index.js";
import { type DistributionFigures, type ImageFigures } from "./image-figures.js";

/** The names of the figures that are computed from those of images. */
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
 * A figure over the images with these indices, each counted as often as it occurs: the mean over pixels for CRPS and
 * coverage (sum_i n_i CRPS_i / sum_i n_i), over images for the other figures. NaN if an image lacks the figure, or no
 * pixel is uncertain.
 */
export function statisticOf(
  figures: DistributionFigures & Partial<ImageFigures>,
  name: StatisticName,
  items: ArrayLike<number>,
): number {
  switch (name) {
    case "crps":
      return ratio(items, (i) => figures.crps[i] * figures.crpsPixels[i], figures.crpsPixels);
    case "coverage90":
      return ratio(items, (i) => figures.covered[i], figures.uncertainPixels);
    default: {
      const values = figures[name] ?? [];
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

/** The indices of the first images. */
export function firstItems(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Every figure over the first images. Coverage, PSNR and label agreement are null if they are not known or not finite. */
export function statisticsOf(figures: ImageFigures, images: number) {
  const of = (name: StatisticName): number => statisticOf(figures, name, firstItems(images));
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
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

/**
 * 95 % bootstrap intervals, over the first images, of each figure that is known for each image. One image gives none:
 * its resamples are all equal.
 *
 * @param mmds squared MMD of some images; the interval of its mean is included
 */
export function intervalsOf(
  figures: ImageFigures,
  images: number,
  mmds: readonly number[],
  seed: number,
): Record<string, [low: number, high: number]> {
  const drawn = (name: string) => ({ uniform: randomSource(seed, "bootstrap", name).uniform });
  const known = (images < 2 ? [] : statisticNames).filter((name) =>
    Number.isFinite(statisticOf(figures, name, firstItems(images))),
  );
  const intervals = [
    ...known.map((name) => {
      const statistic = (items: Int32Array): number => statisticOf(figures, name, items);
      return [name, bootstrapInterval(images, statistic, drawn(name))] as const;
    }),
    ...(mmds.length < 2 ? [] : [["mmd", meanInterval(mmds, drawn("mmd"))] as const]),
  ];
  // A resample of images without an uncertain pixel has no coverage.
  const whole = intervals.filter(([, { low, high }]) => Number.isFinite(low) && Number.isFinite(high));
  return Object.fromEntries(whole.map(([name, { low, high }]) => [name, [low, high]]));
}
