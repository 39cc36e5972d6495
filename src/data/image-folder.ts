import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { InputError } from "../errors.js";
import { type Dataset, imageSize, type ImageShape } from "./dataset.js";
import { readImage } from "./image-file.js";

// As many files are decoded at a time; sharp uses threads of its own.
const parallelReads = 8;

/**
 * Loads every image under a folder, in the order of their paths: resized until they cover `shape`, cut to its centre,
 * and converted to its channel count. If all images lie in subfolders, the first subfolder's name is the label. Hidden
 * files are passed over.
 *
 * @throws InputError if the folder is missing or holds no image, or a file in it is truncated or not an image
 */
export async function loadImageFolder(folder: string, shape: ImageShape): Promise<Dataset> {
  const paths = await filesUnder(folder);
  if (paths.length === 0) throw new InputError(`${folder} holds no images: give a folder of PNG or JPEG files`);
  const size = imageSize(shape);
  const images = new Float32Array(paths.length * size);
  for (let start = 0; start < paths.length; start += parallelReads) {
    const part = paths.slice(start, start + parallelReads);
    const read = await Promise.all(part.map((path) => readImage(join(folder, path), shape, { channels: "convert" })));
    read.forEach(({ data }, i) => images.set(data, (start + i) * size));
  }
  return { count: paths.length, shape, images, ...labelsOf(paths) };
}

// Paths from `folder`, sorted, so that the order does not depend on the file system.
async function filesUnder(folder: string, inside = ""): Promise<string[]> {
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

function labelsOf(paths: readonly string[]): Pick<Dataset, "labels" | "labelNames"> {
  if (!paths.every((path) => path.includes(sep))) return {};
  const names = paths.map((path) => path.split(sep)[0]);
  const labelNames = [...new Set(names)];
  return { labels: Int32Array.from(names, (name) => labelNames.indexOf(name)), labelNames };
}
