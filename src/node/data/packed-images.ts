import { join } from "node:path";
import { InputError } from "../../errors.js";
import { batchShape, type Dataset, imageSize, type ImageShape, type ImageSource } from "../../data/index.js";
import { readIdxBytes, readIdxIntegers, writeIdx } from "./idx.js";

/** Labelled images with one byte for each value, as stored for a downloaded data set. */
export interface PackedImages {
  readonly shape: ImageShape;
  /** [count, channels, height, width], 0 to 255. */
  readonly bytes: Uint8Array;
  /** The class of each image. */
  readonly labels: Int32Array;
}

/** A part of a data set's official split: training images (some of which are for validation), or test images. */
export type PackedPart = "train" | "test";

/** Writes labelled images into a folder: <part>-images.idx and <part>-labels.idx. Throws as `writeIdx` does. */
export async function writePackedImages(
  folder: string,
  part: PackedPart,
  { shape, bytes, labels }: PackedImages,
): Promise<void> {
  await writeIdx(join(folder, `${part}-images.idx`), { shape: batchShape(labels.length, shape), data: bytes });
  await writeIdx(join(folder, `${part}-labels.idx`), { shape: [labels.length], data: labels });
}

/**
 * Reads the files of `writePackedImages`.
 *
 * @param advice how to repair files that are missing or damaged, for the message
 * @throws InputError if a file is missing or damaged
 */
export async function readPackedImages(folder: string, part: PackedPart, advice: string): Promise<PackedImages> {
  const images = await readIdxBytes(join(folder, `${part}-images.idx`), 4, advice);
  const labels = await readIdxIntegers(join(folder, `${part}-labels.idx`), 1, advice);
  const [count, channels, height, width] = images.shape;
  if (labels.data.length !== count)
    throw new InputError(`${folder} is damaged (${count} images, ${labels.data.length} labels): ${advice}`);
  return { shape: { channels, height, width }, bytes: images.data, labels: labels.data };
}

/** The values of the packed images with these indices, in this order: [indices.length, C, H, W] in [-1, 1]. */
export function unpackImages(
  { shape, bytes }: Pick<PackedImages, "shape" | "bytes">,
  indices: Int32Array,
): Float32Array {
  const size = imageSize(shape);
  const values = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    for (let k = 0; k < size; k++) values[i * size + k] = bytes[index * size + k] / 127.5 - 1;
  });
  return values;
}

/** The packed images with these indices as a data set. */
export function unpackDataset(packed: PackedImages, indices: Int32Array, labelNames: readonly string[]): Dataset {
  return {
    count: indices.length,
    shape: packed.shape,
    images: unpackImages(packed, indices),
    labels: indices.map((index) => packed.labels[index]),
    labelNames,
  };
}

/** The packed images with these indices as a source of batches; they stay bytes in memory. */
export function sourceOfPacked(
  packed: PackedImages,
  indices: Int32Array,
  labelNames: readonly string[],
): ImageSource & { labels: Int32Array } {
  return {
    count: indices.length,
    shape: packed.shape,
    labels: indices.map((index) => packed.labels[index]),
    labelNames,
    take: (batch) => ({
      shape: batchShape(batch.length, packed.shape),
      data: unpackImages(
        packed,
        batch.map((i) => indices[i]),
      ),
    }),
  };
}
