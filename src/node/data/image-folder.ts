import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { InputError } from "../../errors.js";
import { type Dataset, imageSize, type ImageShape } from "../../data/index.js";
import { readImage } from "./image-file.js";
import { type Split, splitOf } from "./split.js";

/** As many files are decoded at a time; sharp uses threads of its own. */
export const parallelReads = 8;

/**
 * Loads every image under a folder, in the order of their paths: resized until they cover `shape`, cut to its centre,
 * and converted to its channel count. If all images lie in subfolders, the first subfolder's name is the label. Hidden
 * files are passed over.
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
  const all = await filesUnder(folder);
  if (all.length === 0) throw new InputError(`${folder} holds no images: give a folder of PNG or JPEG files`);
  const paths = all.filter((path) => split === undefined || splitOf(path.split(sep).join("/")) === split);
  if (paths.length === 0)
    throw new InputError(`${folder}: none of its ${all.length} images is in the ${split} split: add images`);
  const size = imageSize(shape);
  const images = new Float32Array(paths.length * size);
  for (let start = 0; start < paths.length; start += parallelReads) {
    const part = paths.slice(start, start + parallelReads);
    const read = await Promise.all(part.map((path) => readImage(join(folder, path), shape, { channels: "convert" })));
    read.forEach(({ data }, i) => images.set(data, (start + i) * size));
  }
  return { count: paths.length, shape, images, ...labelsOf(paths, all) };
}

/** The paths of all files from `folder`, sorted, so that the order does not depend on the file system. */
export async function filesUnder(folder: string, inside = ""): Promise<string[]> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${folder} cannot be read as a folder (${error.code ?? error.message}): check the path`);
  });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith("."))
      .map(async (entry) => {
        const path = join(inside, entry.name);
        return entry.isDirectory() ? filesUnder(folder, path) : [path];
      }),
  );
  return found.flat().sort();
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
