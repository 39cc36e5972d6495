import { type HostArray, randomSource, sizeOf } from "../array/index.js";
import { batchShape, type Dataset, drawCheckerboard, gatherImages, loadImages } from "../data/index.js";
import { type TrainConfig } from "./config.js";

/** The samples that a run learns from. */
export interface TrainingData {
  /** Shape of one sample: [channels, height, width], or [dimension]. */
  sampleShape: readonly number[];
  count: number;
  /** The samples with these numbers, float32 [indices.length, ...sampleShape]. */
  take(indices: Int32Array): HostArray;
}

/** Loads a run's training data: the training split of the images; the checkerboard's points come from the run's seed. */
export async function loadTrainingData(data: TrainConfig["data"], seed: number): Promise<TrainingData> {
  if (data.kind === "checkerboard") return fromArray(drawCheckerboard(data.points, randomSource(seed, "checkerboard")));
  return fromDataset(await loadImages(data, "train"));
}

function fromDataset(dataset: Dataset): TrainingData {
  const { count, shape } = dataset;
  return { sampleShape: batchShape(count, shape).slice(1), count, take: (indices) => gatherImages(dataset, indices) };
}

function fromArray({ shape, data }: HostArray): TrainingData {
  const [count, ...sampleShape] = shape;
  const size = sizeOf(sampleShape);
  return {
    sampleShape,
    count,
    take: (indices) => {
      const batch = new Float32Array(indices.length * size);
      indices.forEach((index, i) => batch.set(data.subarray(index * size, (index + 1) * size), i * size));
      return { shape: [indices.length, ...sampleShape], data: batch };
    },
  };
}
