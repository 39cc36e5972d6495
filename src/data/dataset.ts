import { type HostArray } from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";

/** The size of one image: what the axes after the batch axis are, [channels, height, width]. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Images in memory, all of one size. */
export interface Dataset {
  readonly count: number;
  readonly shape: ImageShape;
  /** [count, channels, height, width], row major, values in [-1, 1]. */
  readonly images: Float32Array;
  /** The class of each image, 0, 1, ...; absent if the images have none. */
  readonly labels?: Int32Array;
  /** The names of the classes, where they have names. */
  readonly labelNames?: readonly string[];
}

/** The number of values of one image. */
export function imageSize({ channels, height, width }: ImageShape): number {
  return channels * height * width;
}

/** The shape of a batch of images as an array's shape: [count, channels, height, width]. */
export function batchShape(count: number, { channels, height, width }: ImageShape): number[] {
  return [count, channels, height, width];
}

/** The size of the images in a batch [B, C, H, W]. Throws ShapeError if the array has not four axes. */
export function imageShapeOf(batch: { readonly shape: readonly number[] }): ImageShape {
  const [, channels, height, width] = batch.shape;
  if (batch.shape.length !== 4)
    throw new ShapeError(`a batch of images has the axes [B, C, H, W], got [${batch.shape.join(", ")}]`);
  return { channels, height, width };
}

/**
 * The images with these numbers, in this order, as float32 [indices.length, C, H, W].
 *
 * @throws ShapeError if a number is not one of the data set's
 */
export function gatherImages(dataset: Dataset, indices: Int32Array | readonly number[]): HostArray {
  const size = imageSize(dataset.shape);
  const data = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    if (!Number.isInteger(index) || index < 0 || index >= dataset.count)
      throw new ShapeError(`image ${index} does not exist: the data set has ${dataset.count}`);
    data.set(dataset.images.subarray(index * size, (index + 1) * size), i * size);
  });
  return { shape: batchShape(indices.length, dataset.shape), data };
}

/**
 * Checks that every value of an array is finite.
 *
 * @param source names the array in the message
 * @throws InputError naming the first value that is NaN or infinite, and its place
 */
export function requireFinite({ shape, data }: HostArray, source: string): void {
  const position = data.findIndex((value) => !Number.isFinite(value));
  if (position < 0) return;
  const index: number[] = [];
  shape.reduceRight((rest, length) => {
    index.unshift(rest % length);
    return Math.floor(rest / length);
  }, position);
  throw new InputError(`${source} holds ${data[position]} at [${index.join(", ")}]: every value has to be finite`);
}
