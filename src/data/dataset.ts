import { checkEntries, positiveInteger, shown } from "../options.js";
import { type HostArray, hostArray, isHostArray, takeRows } from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";

/** The size of one image: the axes after the batch axis, [channels, height, width]. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The contents of a folder from which images were read. */
export interface FolderContent {
  /** Number of files whose names are not those of images; they were left out. */
  readonly skipped: number;
  /** Number of images that were made grey, coloured or opaque, once the images have been read; see `readImage`. */
  readonly converted?: number | undefined;
}

/** Images in memory, all of one size. */
export interface Dataset {
  readonly count: number;
  readonly shape: ImageShape;
  /** [count, channels, height, width], row-major, values in [-1, 1]. */
  readonly images: Float32Array;
  /** The class of each image, 0, 1, ...; absent if the images have none. */
  readonly labels?: Int32Array | undefined;
  /** The names of the classes, if they have names. */
  readonly labelNames?: readonly string[] | undefined;
  /** The other contents of the folder, if the images were read from one. */
  readonly folder?: FolderContent | undefined;
}

/**
 * The number of values of one image.
 *
 * @throws InputError if a length is not a positive integer
 * @example
 * imageSize({ channels: 3, height: 32, width: 32 }); // 3072
 */
export function imageSize(shape: ImageShape): number {
  checkEntries("imageSize", "the shape", shape, {
    channels: positiveInteger,
    height: positiveInteger,
    width: positiveInteger,
  });
  const { channels, height, width } = shape;
  return channels * height * width;
}

/**
 * The shape of a batch of images as an array's shape: [count, channels, height, width].
 *
 * @example
 * batchShape(16, { channels: 3, height: 32, width: 32 }); // [16, 3, 32, 32]
 */
export function batchShape(count: number, { channels, height, width }: ImageShape): number[] {
  return [count, channels, height, width];
}

/**
 * The size of the images in a batch [B, C, H, W]. Throws ShapeError if the array does not have four axes.
 *
 * @example
 * const { channels, height, width } = imageShapeOf(images); // 1, 28, 28
 */
export function imageShapeOf(batch: { readonly shape: readonly number[] }): ImageShape {
  const [, channels, height, width] = batch.shape;
  if (batch.shape.length !== 4)
    throw new ShapeError(`a batch of images has the axes [B, C, H, W], got [${batch.shape.join(", ")}]`);
  return { channels, height, width };
}

/**
 * The images with these indices, in this order, as float32 [indices.length, C, H, W].
 *
 * @throws ShapeError if an index is out of range
 * @example
 * const few = gatherImages(dataset, [0, 10, 20]); // [3, 1, 28, 28]
 */
export function gatherImages(dataset: Dataset, indices: Int32Array | readonly number[]): HostArray {
  const { count, shape, images } = dataset;
  const wrong = indices.find((index) => !(Number.isInteger(index) && index >= 0 && index < count));
  if (wrong !== undefined) throw new ShapeError(`image ${wrong} does not exist: the data set has ${count}`);
  return takeRows({ shape: batchShape(count, shape), data: images }, indices);
}

/** Checks that a value is an array on the host with as many values as its shape says. Throws InputError if not. */
export function requireArray(of: string, array: HostArray): void {
  if (!isHostArray(array) || !Array.isArray(array.shape))
    throw new InputError(`${of}: the array is ${shown(array)}, it has to be { shape, data }: make it with hostArray`);
  hostArray(array.data, array.shape);
}

/**
 * Checks that every value of an array is finite.
 *
 * @param source the array's name, for messages
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
