import { type HostArray } from "../array/index.js";
import { type Dataset, type FolderContent, gatherImages, type ImageShape } from "./dataset.js";

/** Images that are read in batches. */
export interface ImageSource {
  readonly count: number;
  readonly shape: ImageShape;
  /** The class of each image; absent if the images have none. */
  readonly labels?: Int32Array | undefined;
  readonly labelNames?: readonly string[] | undefined;
  /** As in a data set. */
  readonly folder?: FolderContent | undefined;
  /**
   * The images with these indices, float32 [indices.length, C, H, W], values in [-1, 1].
   *
   * @param next the indices of the next batch, so that it can be read in the meantime
   */
  take(indices: Int32Array, next?: Int32Array): HostArray | Promise<HostArray>;
}

/**
 * A data set in memory as a source of batches.
 *
 * @example
 * const source = sourceOfDataset(dataset);
 * const batch = await source.take(Int32Array.of(0, 1, 2));
 */
export function sourceOfDataset(dataset: Dataset): ImageSource {
  const { count, shape, labels, labelNames, folder } = dataset;
  return { count, shape, labels, labelNames, folder, take: (indices) => gatherImages(dataset, indices) };
}

/**
 * A source followed by the mirror images of its images: image `count + i` is image i mirrored left to right. A shuffled
 * stream of it contains every image in both forms.
 *
 * @example
 * const source = withMirrorImages(sourceOfDataset(dataset)); // twice as many images
 */
export function withMirrorImages(source: ImageSource): ImageSource {
  const { count, shape, labels, labelNames, folder } = source;
  const originals = (indices: Int32Array): Int32Array => indices.map((index) => index % count);
  return {
    count: 2 * count,
    shape,
    labels: labels && Int32Array.from({ length: 2 * count }, (_, i) => labels[i % count]),
    labelNames,
    folder,
    take: async (indices, next) => {
      const { shape: batchShape, data } = await source.take(originals(indices), next && originals(next));
      // A source may keep its batch.
      const batch = { shape: batchShape, data: data.slice() };
      const rows = shape.channels * shape.height;
      indices.forEach((index, i) => {
        if (index < count) return;
        for (let row = i * rows; row < (i + 1) * rows; row++)
          batch.data.subarray(row * shape.width, (row + 1) * shape.width).reverse();
      });
      return batch;
    },
  };
}
