import { randomSource } from "../../array/index.js";
import { type Dataset, gatherImages } from "../../data/index.js";
import { InputError } from "../../errors.js";
import { bootstrapInterval } from "../../metrics/index.js";
import { type CoveragePoint, credibleLevels } from "../../metrics/calibration/index.js";
import { type Problem } from "../../operators/index.js";
import { type VariationalFlowMap } from "../../vfm/index.js";
import { calibrateProblem, type ImageCalibration } from "./image-problem.js";

/** Options of `calibrateImageModel`. */
export interface ImageModelOptions {
  problems: readonly Problem[];
  /** Number of images for each problem, at most half of the available ones. */
  simulations: number;
  /** Number of samples of each image. */
  samples: number;
  /** Number of evaluations of the flow map for each sample. */
  steps: number;
  /** Greatest probability that an exact sampler is rejected. */
  level: number;
  seed: number;
  /** Called with the share that is done, in [0, 1], and the name of the next part. */
  onProgress?(done: number, label: string): void;
}

/** The result on one problem, and the coverage of all uncertain pixels together. */
export interface CalibratedProblem {
  name: string;
  /** The number of images that were used. */
  simulations: number;
  found: ImageCalibration;
  coverage: CoveragePoint[];
}

/**
 * Tests the calibration of a model of images on each of its problems.
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
        `${name}: too few of its pixels are uncertain in ${count} images; ${count < simulations ? `there are ${heldOut.count} to test with: add images` : "use more simulations"}`,
      );
    judged.push({ name, simulations: count, found, coverage: pooledCoverage(found, seed) });
  }
  return judged;
}

/**
 * Coverage of all uncertain pixels together. Its limits come from a bootstrap over images, because the pixels of an
 * image are dependent.
 */
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
    // The limits are centred on the nominal level, with the width of the bootstrap interval around the empirical share.
    return { level, empirical: value, low: level + low - value, high: level + high - value };
  });
}
