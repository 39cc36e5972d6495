import { z } from "zod";
import { randomSource } from "../array/index.js";
import { drawResamples, percentileInterval } from "../metrics/index.js";
import { type CoverageFigures, imageCount, type ImageFigures } from "./image-figures.js";
import { firstItems, type StatisticName, statisticOf } from "./statistics.js";

/**
 * The figures whose differences are stored. CRPS, energy score, misfit and label agreement are unbiased estimates whatever
 * the number of samples, so that methods may draw fewer. The coverage of an exact sampler does not depend on the number,
 * but that of an overconfident one is lower with more samples, so it is compared with the samples that all methods have.
 */
const compared = ["crps", "energy", "coverage90", "misfit", "labelAgreement"] as const satisfies StatisticName[];

const difference = z.tuple([z.number(), z.number(), z.number()]);

const differenceSchema = z.strictObject({
  dataset: z.string(),
  problem: z.string(),
  method: z.string(),
  against: z.string(),
  /** Number of images on which both were evaluated. */
  images: z.int(),
  /**
   * The figure of `method` minus that of `against`, and the ends of its 95 % paired bootstrap interval over these
   * images.
   */
  crps: difference,
  energy: difference,
  /** Null if no pixel is uncertain. */
  coverage90: difference.nullable(),
  misfit: difference,
  /** Null without labels. */
  labelAgreement: difference.nullable(),
});

/** The difference of two methods on one problem. */
export type Difference = z.output<typeof differenceSchema>;

/** Validates a difference that was read from a file. */
export const checkedDifference = differenceSchema as z.ZodType<Difference>;

/** A method on a problem of a data set. */
export interface MethodOnProblem {
  dataset: string;
  problem: string;
  method: string;
}

/** A method with the figures of its images. */
export interface MethodFigures {
  cell: MethodOnProblem;
  figures: ImageFigures;
  /**
   * The coverage with as many samples as all methods have, of the images on which all were evaluated; absent if that is
   * the method's own.
   */
  sharedCoverage?: CoverageFigures | undefined;
}

/**
 * The differences of every two methods on each problem, on the images on which both were evaluated (the first of the
 * same images), with paired bootstrap intervals: all methods use the same resamples of the images.
 */
export function differencesOf(methods: readonly MethodFigures[], seed: number): Difference[] {
  const resamples = new Map<number, Int32Array[]>();
  const resamplesOf = (count: number): Int32Array[] => {
    const known = resamples.get(count);
    if (known !== undefined) return known;
    const drawn = drawResamples(count, { uniform: randomSource(seed, "paired bootstrap", count).uniform });
    resamples.set(count, drawn);
    return drawn;
  };
  const keyOf = ({ cell }: MethodFigures): string => `${cell.dataset}\n${cell.problem}`;
  return [...new Set(methods.map(keyOf))].flatMap((key) =>
    differencesOfProblem(
      methods.filter((method) => keyOf(method) === key),
      resamplesOf,
    ),
  );
}

function differencesOfProblem(
  methods: readonly MethodFigures[],
  resamplesOf: (count: number) => Int32Array[],
): Difference[] {
  const statistics = new Map<string, { value: number; resampled: Float64Array }>();
  // Computed once for each method and number of images, not once for each pair.
  const statistic = ({ cell, figures: own, sharedCoverage }: MethodFigures, name: StatisticName, count: number) => {
    const key = [cell.method, name, count].join();
    const known = statistics.get(key);
    if (known !== undefined) return known;
    const figures = sharedCoverage?.covered.length === count ? { ...own, ...sharedCoverage } : own;
    const found = {
      value: statisticOf(figures, name, firstItems(count)),
      resampled: Float64Array.from(resamplesOf(count), (items) => statisticOf(figures, name, items)),
    };
    statistics.set(key, found);
    return found;
  };
  return methods.flatMap((one, i) =>
    methods.slice(i + 1).map((other): Difference => {
      const images = Math.min(imageCount(one.figures), imageCount(other.figures));
      const of = (name: StatisticName): z.output<typeof difference> | null => {
        const [a, b] = [statistic(one, name, images), statistic(other, name, images)];
        const [low, high] = percentileInterval(a.resampled.map((value, k) => value - b.resampled[k]));
        const ends = [a.value - b.value, low, high].map((value) => Number(value.toPrecision(4)));
        return ends.every(Number.isFinite) ? [ends[0], ends[1], ends[2]] : null;
      };
      const [crps, energy, coverage90, misfit, labelAgreement] = compared.map(of);
      const { dataset, problem, method } = one.cell;
      return {
        dataset,
        problem,
        method,
        against: other.cell.method,
        images,
        crps: known(crps),
        energy: known(energy),
        coverage90,
        misfit: known(misfit),
        labelAgreement,
      };
    }),
  );
}

function known(value: z.output<typeof difference> | null): z.output<typeof difference> {
  if (value === null) throw new Error("every image has a CRPS, an energy score and a misfit");
  return value;
}

/** The difference of two methods, in whichever order it is stored; undefined if there is none. */
export function differenceBetween(
  differences: readonly Difference[],
  { dataset, problem, method }: MethodOnProblem,
  against: string,
  name: (typeof compared)[number],
): z.output<typeof difference> | undefined {
  for (const kept of differences) {
    if (kept.dataset !== dataset || kept.problem !== problem) continue;
    const figure = kept[name];
    if (figure === null) continue;
    if (kept.method === method && kept.against === against) return figure;
    if (kept.method === against && kept.against === method) return [-figure[0], -figure[2], -figure[1]];
  }
  return undefined;
}
