import { join, sep } from "node:path";
import { InputError } from "../../errors.js";
import { type Dataset, imageSize, type ImageShape } from "../../data/index.js";
import { imageFilesUnder } from "./files-under.js";
import { readImageFile } from "./image-file.js";
import { type Split, splitOf } from "./split.js";

/** As many files are decoded at a time; sharp uses threads of its own. */
export const parallelReads = 8;

/**
 * Loads every image under a folder, in the order of their paths: resized until they cover `shape`, cut to its centre,
 * and converted to its channel count as `readImage` does. If all images lie in subfolders, the first subfolder's name is the
 * label. Files whose names end as no image's do are counted and left out; links are followed, each file and folder is taken once.
 *
 * @param split loads only the images that `splitOf` puts there, by their paths inside the folder; all if not given
 * @throws InputError if the folder is missing or holds no image, the split is empty, or a file in it is truncated or not
 *   an image
 * @example
 * const training = await loadImageFolder("photographs", { channels: 3, height: 64, width: 64 }, "train");
 */
export async function loadImageFolder(folder: string, wanted: ImageShape, split?: Split): Promise<Dataset> {
  const { channels, height, width } = wanted;
  const shape = { channels, height, width };
  const { paths: all, skipped } = await imageFilesUnder(folder);
  if (all.length === 0) throw new InputError(`${folder} holds no images: give a folder of PNG or JPEG files`);
  const paths = all.filter((path) => split === undefined || splitOf(path.split(sep).join("/")) === split);
  if (paths.length === 0)
    throw new InputError(`${folder}: none of its ${all.length} images is in the ${split} split: add images`);
  const size = imageSize(shape);
  const images = new Float32Array(paths.length * size);
  let converted = 0;
  for (let start = 0; start < paths.length; start += parallelReads) {
    const part = paths.slice(start, start + parallelReads);
    const read = await Promise.all(part.map((path) => readImageFile(join(folder, path), shape)));
    read.forEach(({ image, converted: changes }, i) => {
      images.set(image.data, (start + i) * size);
      if (changes.length > 0) converted++;
    });
  }
  return { count: paths.length, shape, images, ...labelsOf(paths, all), folder: { skipped, converted } };
}

/**
 * The labels of `paths`, each that of its first folder; none if an image lies in no folder. Their numbers come from `all`
 * paths, so that they are the same in every split.
 */
export function labelsOf(paths: readonly string[], all: readonly string[]): Pick<Dataset, "labels" | "labelNames"> {
  if (!all.every((path) => path.includes(sep))) return {};
  const firstFolder = (path: string): string => path.split(sep)[0];
  const labelNames = [...new Set(all.map(firstFolder))];
  const numbers = new Map(labelNames.map((name, number) => [name, number]));
  return { labels: Int32Array.from(paths, (path) => numbers.get(firstFolder(path)) ?? 0), labelNames };
}
