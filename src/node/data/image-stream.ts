import { join } from "node:path";
import { type HostArray } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { batchShape, type ImageShape } from "../../data/index.js";
import { imageFilesUnder } from "./files-under.js";
import { labelsOf, readImageFiles } from "./image-folder.js";
import { readImage } from "./image-file.js";
import { looksWhole } from "./whole-image.js";
import { type ImageSource } from "../../data/index.js";

const parallelLooks = 64;

/** Images that stay on disk until a batch needs them. */
export interface ImageStream extends ImageSource {
  readonly labels: Int32Array;
  readonly labelNames: readonly string[];
  /** As in a source; throws InputError naming the file if it is damaged. */
  take(indices: Int32Array, next?: Int32Array): Promise<HostArray>;
}

/**
 * Opens a folder of classes, `folder`/<class>/<image> (ImageNet's layout inside `train` or `val`), of any size. Only
 * names, labels and at most two batches are in memory, so that it does not grow with the data.
 *
 * Images are resized until they cover `shape` and cropped to the centre; grey ones become colour. Classes are numbered
 * in the order of their names, as ImageNet's are in the order of their WordNet numbers.
 *
 * @throws InputError if the folder is missing, an image is outside a class's folder, there are no images, or a file is
 *   truncated or not an image
 * @example
 * const stream = await openImageStream("imagenet/train", { channels: 3, height: 64, width: 64 });
 * const batch = await stream.take(Int32Array.of(0, 1, 2)); // [3, 3, 64, 64]
 */
export async function openImageStream(folder: string, wanted: ImageShape): Promise<ImageStream> {
  const { channels, height, width } = wanted;
  const shape = { channels, height, width };
  const { paths, skipped } = await imageFilesUnder(folder);
  if (paths.length === 0) throw new InputError(`${folder} holds no images: give folders of classes with JPEG files`);
  const { labels, labelNames } = labelsOf(paths, paths);
  if (labels === undefined || labelNames === undefined)
    throw new InputError(`${folder} holds images outside folders of classes: put each into its class's folder`);
  const read = async (indices: Int32Array): Promise<HostArray> => {
    const { images } = await readImageFiles(
      Array.from(indices, (index) => join(folder, paths[index])),
      shape,
    );
    return { shape: batchShape(indices.length, shape), data: images };
  };
  await requireWhole(folder, paths, shape);
  let ahead: { key: string; batch: Promise<HostArray> } | undefined;
  return {
    count: paths.length,
    shape,
    labels,
    labelNames,
    folder: { skipped },
    take: async (indices, next) => {
      const batch = await (ahead?.key === indices.join() ? ahead.batch : read(indices));
      if (next !== undefined && ahead?.key !== next.join()) {
        ahead = { key: next.join(), batch: read(next) };
        // A file that cannot be read is reported when its batch is requested.
        ahead.batch.catch(() => undefined);
      }
      return batch;
    },
  };
}

/** Checks the start and the end of every file. A file that does not look complete is read, which reports the error. */
async function requireWhole(folder: string, paths: readonly string[], shape: ImageShape): Promise<void> {
  for (let start = 0; start < paths.length; start += parallelLooks) {
    const part = paths.slice(start, start + parallelLooks).map((path) => join(folder, path));
    const whole = await Promise.all(part.map(looksWhole));
    for (const [i, path] of part.entries()) if (!whole[i]) await readImage(path, shape);
  }
}
