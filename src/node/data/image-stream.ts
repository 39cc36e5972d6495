import { join } from "node:path";
import { type HostArray } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { batchShape, imageSize, type ImageShape } from "../../data/index.js";
import { filesUnder, labelsOf, parallelReads } from "./image-folder.js";
import { readImage } from "./image-file.js";
import { type ImageSource } from "../../data/index.js";

/** Images that stay on disk until a batch needs them. */
export interface ImageStream extends ImageSource {
  readonly labels: Int32Array;
  readonly labelNames: readonly string[];
  /** As a source's; throws InputError naming the file if it is truncated or not an image. */
  take(indices: Int32Array, next?: Int32Array): Promise<HostArray>;
}

/**
 * Opens a folder of classes, `folder`/<class>/<image> (ImageNet's layout inside `train` or `val`), of any size: names and
 * labels alone are held, and at most two batches, so that memory does not grow with the data.
 *
 * Images are resized until they cover `shape` and cut to their centre; gray ones become colour. Classes are numbered in the
 * order of their names, as ImageNet's are in the order of their WordNet numbers.
 *
 * @throws InputError if the folder is missing, or an image lies outside a class's folder, or there is none
 * @example
 * const stream = await openImageStream("imagenet/train", { channels: 3, height: 64, width: 64 });
 * const batch = await stream.take(Int32Array.of(0, 1, 2)); // [3, 3, 64, 64]
 */
export async function openImageStream(folder: string, wanted: ImageShape): Promise<ImageStream> {
  const { channels, height, width } = wanted;
  const shape = { channels, height, width };
  const paths = await filesUnder(folder);
  if (paths.length === 0) throw new InputError(`${folder} holds no images: give folders of classes with JPEG files`);
  const { labels, labelNames } = labelsOf(paths, paths);
  if (labels === undefined || labelNames === undefined)
    throw new InputError(`${folder} holds images outside folders of classes: put each into its class's folder`);
  const size = imageSize(shape);
  const read = async (indices: Int32Array): Promise<HostArray> => {
    const data = new Float32Array(indices.length * size);
    for (let start = 0; start < indices.length; start += parallelReads) {
      const part = [...indices.subarray(start, start + parallelReads)];
      const images = await Promise.all(
        part.map((index) => readImage(join(folder, paths[index]), shape, { channels: "convert" })),
      );
      images.forEach((image, i) => data.set(image.data, (start + i) * size));
    }
    return { shape: batchShape(indices.length, shape), data };
  };
  let ahead: { key: string; batch: Promise<HostArray> } | undefined;
  return {
    count: paths.length,
    shape,
    labels,
    labelNames,
    take: async (indices, next) => {
      const batch = await (ahead?.key === indices.join() ? ahead.batch : read(indices));
      if (next !== undefined && ahead?.key !== next.join()) {
        ahead = { key: next.join(), batch: read(next) };
        // A file that cannot be read is reported when its batch is asked for.
        ahead.batch.catch(() => undefined);
      }
      return batch;
    },
  };
}
