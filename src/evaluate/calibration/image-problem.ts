import { hostArray, type HostArray, type NDArray, randomSource, takeRows } from "../../array/index.js";
import { type Backend, compile, engineOf, engineRules, formOf, sharedCache } from "../../compile/index.js";
import { ShapeError } from "../../errors.js";
import {
  distanceTo,
  judge,
  type PixelRanks,
  type TableSampler,
  rankPixels,
  rankQuantity,
  type RankedQuantity,
  rankTruths,
  type Ranks,
  sampleSimulations,
  type SampledSimulations,
  testRanks,
  type Verdict,
} from "../../metrics/calibration/index.js";
import { type Observation, observe, type Problem, type TracedParameters } from "../../operators/index.js";
import { imageShapeOfModel, samplePosterior, type VariationalFlowMap } from "../../vfm/index.js";
import { checkOptions, numberBetween, type OptionRules, positiveInteger, seedNumber } from "../../options.js";
import { limitToRange } from "../image-range.js";

/** Options of `calibrateProblem`. */
export interface ImageCalibrationOptions {
  /** Number of samples of each image. */
  samples: number;
  /** Number of evaluations of the flow map for each sample. */
  steps: number;
  /** Greatest probability that an exact sampler is rejected, between 0 and 1. */
  level: number;
  seed: number;
  backend?: Backend | undefined;
}

const rules: OptionRules<ImageCalibrationOptions> = {
  samples: positiveInteger,
  steps: positiveInteger,
  level: numberBetween(0, 1),
  seed: seedNumber,
  backend: engineRules.backend,
};

/** The result for a model on one problem. */
export interface ImageCalibration {
  verdict: Verdict;
  /** The ranks of each pixel that is uncertain often enough. */
  pixels: PixelRanks[];
  /** The ranks of quantities with one number for each image: distances to reference images, and the likelihood. */
  ranked: RankedQuantity[];
}

/**
 * Tests the calibration of a model of images on one problem, by the ranks of every uncertain pixel, of the distances to
 * other images and to A^T y, and of the likelihood.
 *
 * @param images images that the model was not trained on, [N, C, H, W]
 * @param references as many other images, [N, C, H, W]
 * @throws ShapeError if the number of references is not the number of images, or the images do not fit the model
 * @throws InputError if the model does not know the problem, or an option is unknown or wrong
 */
export async function calibrateProblem(
  model: VariationalFlowMap,
  problem: Problem,
  images: HostArray,
  references: HostArray,
  options: ImageCalibrationOptions,
): Promise<ImageCalibration> {
  checkOptions("calibrateProblem", options, rules, ["samples", "steps", "level", "seed"]);
  const { samples, seed, level, backend } = options;
  const imageShape = imageShapeOfModel(model);
  if (images.shape.slice(1).join() !== imageShape.join())
    throw new ShapeError(
      `images [${images.shape.join(", ")}] for a model of [${imageShape.join(", ")}]: give images of its size`,
    );
  if (references.shape.join() !== images.shape.join())
    throw new ShapeError(
      `references [${references.shape.join(", ")}] for images [${images.shape.join(", ")}]: give as many of the same size`,
    );
  const observation = await observe(problem, images, { seed, backend });
  const aty = observation.transposed.data as Float32Array;
  const simulations = { count: images.shape[0], truths: images.data as Float32Array, observations: aty };
  const sampled = await sampleSimulations(simulations, imageSampler(model, observation, options), samples, seed);
  const { uniform } = randomSource(seed, "calibration ties", problem.name);
  const pixels = rankPixels(sampled, { uniform });
  const ranked: RankedQuantity[] = [
    {
      kind: "tarp",
      name: "distance to other images",
      ranks: rankQuantity(sampled, distanceTo(references.data as Float32Array), uniform),
    },
    {
      kind: "tarp-observation",
      name: "distance to A^T y",
      ranks: rankQuantity(sampled, distanceTo(aty), uniform),
    },
    {
      kind: "likelihood",
      name: "log p(y | x)",
      ranks: await rankLikelihood(observation, sampled, images.shape, { uniform, backend }),
    },
  ];
  const findings = testRanks([
    ...pixels.map(({ pixel, ranks }) => ({ kind: "pixel" as const, name: pixelName(pixel, imageShape), ranks })),
    ...ranked,
  ]);
  return { verdict: judge(findings, level), pixels, ranked };
}

/** A model as a sampler of plain arrays. It samples all images of `observation` together, given the rows of their A^T y. */
export function imageSampler(
  model: VariationalFlowMap,
  observation: Observation,
  { steps, backend }: Pick<ImageCalibrationOptions, "steps" | "backend">,
): TableSampler {
  return async (_, samples, seed) => {
    const drawn = await samplePosterior(model, observation, { samples, steps, seed, backend });
    return limitToRange(drawn.samples).data as Float32Array;
  };
}

// The place of a value in an image [C, H, W]; the channel is named only if there are several.
function pixelName(index: number, [channels, height, width]: readonly number[]): string {
  const line = Math.floor(index / width);
  const place = `pixel (${line % height}, ${index % width})`;
  return channels === 1 ? place : `${place} of channel ${Math.floor(line / height)}`;
}

/** The rank of log p(y | truth) among log p(y | sample), for each image. */
async function rankLikelihood(
  { problem: { observation }, y, parameters }: Observation,
  { count, truths, samples }: SampledSimulations,
  shape: readonly number[],
  { uniform, backend }: { uniform: () => number; backend: Backend | undefined },
): Promise<Ranks> {
  const each = samples.length / truths.length;
  const truth = hostArray(Float32Array.from(truths), shape);
  const all = hostArray(Float32Array.from(samples), [count * each, ...shape.slice(1)]);
  const logLikelihood = (observed: NDArray, x: NDArray, drawn: TracedParameters): NDArray =>
    observation.logLikelihood(observed, x, drawn);
  return sharedCache.use(
    { objects: [observation], values: ["likelihood", formOf([y, truth, parameters]), backend] },
    () => compile(logLikelihood, [y, truth, parameters], engineOf({ backend })),
    async ({ run }) => {
      const ofTruth = await run(y, truth, parameters);
      const ofSamples = new Float64Array(count * each);
      for (let j = 0; j < each; j++) {
        const rows = Int32Array.from({ length: count }, (_, i) => i * each + j);
        const { data } = await run(y, takeRows(all, rows), parameters);
        data.forEach((value, i) => (ofSamples[i * each + j] = value));
      }
      return rankTruths(Float64Array.from(ofTruth.data), ofSamples, uniform);
    },
  );
}
