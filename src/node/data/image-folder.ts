import { join, sep } from "node:path";
import { InputError } from "../../errors.js";
import { hostZeros } from "../../array/index.js";
import { batchShape, type Dataset, imageSize, type ImageShape } from "../../data/index.js";
import { checkArgument } from "../../options.js";
import { imageFilesUnder } from "./files-under.js";
import { readImageFile } from "./image-file.js";
import { type Split, splitName, splitOf } from "./split.js";

/** Number of files decoded at a time; sharp uses its own threads. */
const parallelReads = 8;

/**
 * Reads image files, several at a time, as `readImageFile` does.
 *
 * @returns the images, [paths.length, C, H, W], and the number of those that were made grey, coloured or opaque
 * @throws InputError as `readImageFile` does, or if there is not enough memory
 */
export async function readImageFiles(
  paths: readonly string[],
  shape: ImageShape,
): Promise<{ images: Float32Array; converted: number }> {
  const size = imageSize(shape);
  const images = hostZeros(batchShape(paths.length, shape)).data as Float32Array;
  let converted = 0;
  for (let start = 0; start < paths.length; start += parallelReads) {
    const part = paths.slice(start, start + parallelReads);
    const read = await Promise.all(part.map((path) => readImageFile(path, shape)));
    read.forEach(({ image, converted: changes }, i) => {
      images.set(image.data, (start + i) * size);
      if (changes.length > 0) converted++;
    });
  }
  return { images, converted };
}

/**
 * Loads every image under a folder, in the order of their paths. Images are resized until they cover `shape`, cropped
 * to the centre, and converted to the number of channels as `readImage` does. If all images are in subfolders, the name
 * of the first subfolder is the label. Files without an image's extension are counted and left out. Links are followed;
 * each file and folder is visited once.
 *
 * @param split loads only the images that `splitOf` assigns to this split, by their paths inside the folder.
 *   Default: all
 * @throws InputError if the folder is missing or contains no image, the split is empty, or a file in it is truncated or
 *   not an image
 * @example
 * const training = await loadImageFolder("photographs", { channels: 3, height: 64, width: 64 }, "train");
 */
export async function loadImageFolder(folder: string, wanted: ImageShape, split?: Split): Promise<Dataset> {
  if (split !== undefined) checkArgument("loadImageFolder", "split", split, splitName);
  const { channels, height, width } = wanted;
  const shape = { channels, height, width };
  const { paths: all, skipped } = await imageFilesUnder(folder);
  if (all.length === 0) throw new InputError(`${folder} holds no images: give a folder of PNG or JPEG files`);
  const paths = all.filter((path) => split === undefined || splitOf(path.split(sep).join("/")) === split);
  if (paths.length === 0)
    throw new InputError(`${folder}: none of its ${all.length} images is in the ${split} split: add images`);
  const { images, converted } = await readImageFiles(
    paths.map((path) => join(folder, path)),
    shape,
  );
  return { count: paths.length, shape, images, ...labelsOf(paths, all), folder: { skipped, converted } };
}

/**
 * The labels of `paths`, from the first folder of each path; none if an image is not in a folder. Their numbers depend
 * on `all` paths, so that they are the same in every split, and are in the order of the names.
 */
export function labelsOf(paths: readonly string[], all: readonly string[]): Pick<Dataset, "labels" | "labelNames"> {
  if (!all.every((path) => path.includes(sep))) return {};
  const firstFolder = (path: string): string => path.split(sep)[0];
  const labelNames = [...new Set(all.map(firstFolder))].sort();
  const numbers = new Map(labelNames.map((name, number) => [name, number]));
  return { labels: Int32Array.from(paths, (path) => numbers.get(firstFolder(path)) ?? 0), labelNames };
}
