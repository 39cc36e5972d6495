import { randomSource } from "../array/index.js";
import { gatherImages, type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { calibrateProblem, type ImageCalibration } from "../evaluate/calibration/index.js";
import { bootstrapInterval } from "../metrics/index.js";
import { type CoveragePoint, credibleLevels } from "../metrics/calibration/index.js";
import { type Figure } from "../report/index.js";
import { type Panel, coveragePanel, ecdfPanel, panelsFigure, tarpPanel } from "./calibration-charts.js";
import { type ReportedSampler } from "./calibration-report.js";
import { summariseVerdict } from "./calibration-summary.js";
import { type Context } from "./command.js";
import { imagesOf } from "./held-out.js";
import { readImageModel } from "./image-model.js";
import { problemText } from "./problem-texts.js";

/** How a model of images is judged. */
export interface ImageCalibrationSettings {
  checkpoint: string;
  /** Validation images a problem. */
  simulations: number;
  samples: number;
  steps: number;
  level: number;
}

/** The model on one problem: its verdict, and the coverage of all uncertain pixels together. */
export interface JudgedProblem extends ReportedSampler {
  coverage90: number;
  pixels: number;
}

/** Judges a model of images on each of its problems, with images of the validation split. */
export async function judgeImageModel(
  { checkpoint, simulations, samples, steps, level }: ImageCalibrationSettings,
  { seed, progress }: Context,
): Promise<JudgedProblem[]> {
  const model = await readImageModel(checkpoint);
  const heldOut = await imagesOf(model, "validation");
  const order = randomSource(seed, "calibration images").permutation(heldOut.count);
  const count = Math.min(simulations, Math.floor(heldOut.count / 2));
  const images = gatherImages(heldOut, order.subarray(0, count));
  const references = gatherImages(heldOut, order.subarray(count, 2 * count));
  const judged: JudgedProblem[] = [];
  for (const [index, problem] of model.problems.entries()) {
    progress.update(index / model.problems.length, problem.name);
    const found = await calibrateProblem(model.model, problem, images, references, { samples, steps, level, seed });
    if (found.pixels.length === 0)
      throw new InputError(`${problem.name}: no pixel is uncertain in 50 of ${count} images: give more --simulations`);
    const coverage = pooledCoverage(found, seed);
    judged.push({
      name: problem.name,
      title: problemText(problem.name).title,
      summary: summariseVerdict(found.verdict),
      draw: () => imageFigure(found, coverage, model.image),
      coverage90: coverage.find(({ level: credible }) => credible === 0.9)?.empirical ?? Number.NaN,
      pixels: found.pixels.length,
    });
  }
  return judged;
}

/** Coverage of all uncertain pixels together; its limits are a bootstrap's over images, within which pixels depend. */
function pooledCoverage({ pixels }: ImageCalibration, seed: number): CoveragePoint[] {
  const depths: number[][] = [];
  for (const { ranks, images } of pixels)
    images.forEach((image, i) => (depths[image] ??= []).push(Math.abs(2 * ranks.positions[i] - 1)));
  const each = depths.filter((values) => values !== undefined);
  return credibleLevels.map((level) => {
    const inside = each.map((values) => values.filter((depth) => depth < level).length);
    const share = (items: Int32Array): number => {
      let [covered, all] = [0, 0];
      for (const item of items) {
        covered += inside[item];
        all += each[item].length;
      }
      return covered / all;
    };
    const { uniform } = randomSource(seed, "coverage bootstrap", level);
    const { value, low, high } = bootstrapInterval(each.length, share, { uniform, resamples: 200 });
    // Limits are drawn around what is right, as wide as the bootstrap's are around what was found.
    return { level, empirical: value, low: level + low - value, high: level + high - value };
  });
}

async function imageFigure(
  { pixels, ranked, verdict }: ImageCalibration,
  coverage: readonly CoveragePoint[],
  image: ImageShape,
): Promise<Figure> {
  const likelihood = ranked.filter(({ kind }) => kind === "likelihood");
  return panelsFigure([
    coverageMap(pixels, image),
    coveragePanel([{ name: "all uncertain pixels", points: coverage }]),
    ecdfPanel(
      "Where the truth's likelihood ranks",
      "share of the samples less likely than the truth",
      likelihood,
      verdict.threshold,
    ),
    tarpPanel(ranked, verdict.threshold),
  ]);
}

/** Coverage of the 90 % interval, pixel by pixel: the mean over its channels. */
export function coverageMap(pixels: ImageCalibration["pixels"], { height, width }: ImageShape): Panel {
  const places = new Map<number, number[]>();
  for (const { pixel, ranks } of pixels) {
    const covered = ranks.positions.filter((u) => Math.abs(2 * u - 1) < 0.9).length / ranks.positions.length;
    const place = pixel % (height * width);
    places.set(place, [...(places.get(place) ?? []), covered]);
  }
  const values = [...places].map(([place, shares]) => ({
    row: Math.floor(place / width),
    column: place % width,
    coverage: shares.reduce((sum, share) => sum + share, 0) / shares.length,
  }));
  return {
    title: "Coverage of each pixel's 90 % interval",
    width: 210,
    height: 210,
    data: { values },
    mark: "rect",
    encoding: {
      x: {
        field: "column",
        type: "ordinal",
        axis: null,
        scale: { domain: Array.from({ length: width }, (_, i) => i) },
      },
      y: { field: "row", type: "ordinal", axis: null, scale: { domain: Array.from({ length: height }, (_, i) => i) } },
      color: {
        field: "coverage",
        type: "quantitative",
        title: "90 % is right",
        scale: { scheme: "blueorange", domain: [0.4, 1], domainMid: 0.9, reverse: true },
        legend: { format: ".0%", orient: "bottom", gradientLength: 180 },
      },
    },
  };
}
