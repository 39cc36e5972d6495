import { randomSource } from "../../array/index.js";
import { type Dataset, gatherImages } from "../../data/index.js";
import { InputError } from "../../errors.js";
import { bootstrapInterval } from "../../metrics/index.js";
import { type CoveragePoint, credibleLevels } from "../../metrics/calibration/index.js";
import { type Problem } from "../../operators/index.js";
import { type VariationalFlowMap } from "../../vfm/index.js";
import { calibrateProblem, type ImageCalibration } from "./image-problem.js";

/** How a model of images is judged. */
export interface ImageModelOptions {
  problems: readonly Problem[];
  /** Images a problem, at most half of those that there are. */
  simulations: number;
  /** Samples an image. */
  samples: number;
  /** Evaluations of the flow map a sample. */
  steps: number;
  /** The probability that an exact sampler is caught, at most. */
  level: number;
  seed: number;
  /** Told of the share that is done, in [0, 1], and what comes next. */
  onProgress?(done: number, label: string): void;
}

/** The model on one problem: what was found, and the coverage of all uncertain pixels together. */
export interface CalibratedProblem {
  name: string;
  found: ImageCalibration;
  coverage: CoveragePoint[];
}

/**
 * Judges a model of images on each of its problems.
 *
 * @param heldOut images that the model was not trained on
 * @throws InputError if too few images leave a pixel uncertain
 */
export async function calibrateImageModel(
  model: VariationalFlowMap,
  heldOut: Dataset,
  { problems, simulations, samples, steps, level, seed, onProgress }: ImageModelOptions,
): Promise<CalibratedProblem[]> {
  const order = randomSource(seed, "calibration images").permutation(heldOut.count);
  const count = Math.min(simulations, Math.floor(heldOut.count / 2));
  const images = gatherImages(heldOut, order.subarray(0, count));
  const references = gatherImages(heldOut, order.subarray(count, 2 * count));
  const judged: CalibratedProblem[] = [];
  for (const [index, problem] of problems.entries()) {
    const { name } = problem;
    onProgress?.(index / problems.length, name);
    const found = await calibrateProblem(model, problem, images, references, { samples, steps, level, seed });
    if (found.pixels.length === 0)
      throw new InputError(
        `${name}: no pixel is uncertain in 50 of ${count} images: ${count < simulations ? `add images, there are ${heldOut.count} to test with` : "give more --simulations"}`,
      );
    judged.push({ name, found, coverage: pooledCoverage(found, seed) });
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
