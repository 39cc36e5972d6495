import { type HostArray, randomSource, takeRows } from "../array/index.js";
import { batchShape, drawCheckerboard, type ImageSource } from "../data/index.js";
import { openTrainingImages } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { type TrainConfig } from "./config.js";

/** The samples that a run learns from. */
export interface TrainingData {
  /** Shape of one sample: [channels, height, width], or [dimension]. */
  sampleShape: readonly number[];
  count: number;
  /**
   * The samples with these numbers, float32 [indices.length, ...sampleShape].
   *
   * @param next the numbers that will be asked for next, so that they can be read meanwhile
   */
  take(indices: Int32Array, next?: Int32Array): HostArray | Promise<HostArray>;
  /** The labels of these samples; absent if the data have none. */
  labelsOf?(indices: Int32Array): Int32Array;
}

/** Loads a run's training data: the training split of the images; the checkerboard's points come from the run's seed. */
export async function loadTrainingData(data: TrainConfig["data"], seed: number): Promise<TrainingData> {
  if (data.kind === "checkerboard") return fromArray(drawCheckerboard(data.points, randomSource(seed, "checkerboard")));
  return fromImages(await openTrainingImages(data));
}

function fromImages({ count, shape, labels, take }: ImageSource): TrainingData {
  return {
    sampleShape: batchShape(count, shape).slice(1),
    count,
    take,
    ...(labels && { labelsOf: (indices) => indices.map((index) => labels[index]) }),
  };
}

function fromArray(samples: HostArray): TrainingData {
  const [count, ...sampleShape] = samples.shape;
  return { sampleShape, count, take: (indices) => takeRows(samples, indices) };
}

/**
 * Checks that data have the labels that a flow map is conditioned on.
 *
 * @param classes how many labels the flow map knows; 0 if none
 * @throws InputError if the data have no labels, or one that the flow map does not know
 */
export function requireLabels({ count, labelsOf }: TrainingData, classes: number): void {
  if (classes === 0) return;
  if (labelsOf === undefined)
    throw new InputError(`flowMap.classes is ${classes}, but the data have no labels: set it to 0`);
  const largest = labelsOf(Int32Array.from({ length: count }, (_, i) => i)).reduce((a, b) => Math.max(a, b), 0);
  if (largest >= classes)
    throw new InputError(`flowMap.classes is ${classes}, but the data have ${largest + 1} classes: set it to that`);
}
