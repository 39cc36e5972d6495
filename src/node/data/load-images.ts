import { join } from "node:path";
import { z } from "zod";
import { type Dataset } from "../../data/index.js";
import { checkArgument } from "../../options.js";
import { parseWith, positiveInteger } from "../../schema.js";
import { loadImageFolder } from "./image-folder.js";
import { imageSets } from "./image-sets.js";
import { type ImageSource, sourceOfDataset, withMirrorImages } from "../../data/index.js";
import { type ImageStream, openImageStream } from "./image-stream.js";
import { type Split, splitName } from "./split.js";

/**
 * The settings of each kind of image data: the data sets in `imageSets`, ImageNet in its own layout, and a folder of
 * images with the size to which they are fitted.
 */
export const imageDataSchemas = [
  z.strictObject({ kind: z.literal("mnist") }),
  z.strictObject({ kind: z.literal("fashion-mnist") }),
  z.strictObject({
    kind: z.literal("cifar10"),
    /** Whether training also uses the mirror image of each image. */
    flips: z.boolean().default(true),
  }),
  z.strictObject({ kind: z.literal("quickdraw") }),
  z.strictObject({
    kind: z.literal("imagenet"),
    /** The folder with `train` and `val`, each with one folder for each class. */
    folder: z.string(),
    /** Height and width. */
    size: positiveInteger,
    /**
     * Number of images of `val`, evenly spaced, that are held out for a test; as many others, between these, are the
     * validation split. At most half of `val` each.
     */
    heldOut: positiveInteger.default(1000),
  }),
  z.strictObject({
    kind: z.literal("images"),
    folder: z.string(),
    height: positiveInteger,
    width: positiveInteger,
    channels: z.union([z.literal(1), z.literal(3)]),
  }),
] as const;

/** Settings of image data; entries with a default may be left out. */
export type ImageDataSettings = z.input<(typeof imageDataSchemas)[number]>;

/** Validated settings of image data. */
export type ImageDataConfig = z.output<(typeof imageDataSchemas)[number]>;

/**
 * Loads a split of the configured images. Throws InputError if the settings are not valid, or the images cannot be read;
 * then it explains how to get them.
 *
 * @example
 * const test = await loadImages({ kind: "images", folder: "photographs", height: 64, width: 64, channels: 3 }, "test");
 */
export async function loadImages(settings: ImageDataSettings, split: Split): Promise<Dataset> {
  const config = filledConfig("loadImages", settings);
  checkArgument("loadImages", "split", split, splitName);
  switch (config.kind) {
    case "imagenet":
      return loadImageNet(config, split);
    case "images":
      return loadImageFolder(config.folder, config, split);
    default:
      return imageSets[config.kind].load(split);
  }
}

function filledConfig(of: string, settings: ImageDataSettings): ImageDataConfig {
  return parseWith(z.discriminatedUnion("kind", imageDataSchemas), settings, `${of}: the images' settings`);
}

type ImageNetConfig = Extract<ImageDataConfig, { kind: "imagenet" }>;

/**
 * Opens the training images. Those of ImageNet are read as needed; all others are kept in memory. Throws InputError as
 * `loadImages` does.
 *
 * @example
 * const source = await openTrainingImages({ kind: "cifar10", flips: true });
 */
export async function openTrainingImages(settings: ImageDataSettings): Promise<ImageSource> {
  const config = filledConfig("openTrainingImages", settings);
  switch (config.kind) {
    case "imagenet":
      return openImageNet(config, "train");
    case "images":
      return sourceOfDataset(await loadImages(config, "train"));
    default: {
      const source = await imageSets[config.kind].open();
      return "flips" in config && config.flips ? withMirrorImages(source) : source;
    }
  }
}

function openImageNet({ folder, size }: ImageNetConfig, part: "train" | "val"): Promise<ImageStream> {
  return openImageStream(join(folder, part), { channels: 3, height: size, width: size });
}

// Loads all of `train`, or the held-out images of `val`, into memory.
async function loadImageNet(config: ImageNetConfig, split: Split): Promise<Dataset> {
  const stream = await openImageNet(config, split === "train" ? "train" : "val");
  const { count, shape, labelNames } = stream;
  const wanted = split === "train" ? count : Math.min(config.heldOut, Math.max(1, Math.floor(count / 2)));
  const offset = split === "validation" ? 0.5 : 0;
  const indices = Int32Array.from({ length: wanted }, (_, i) => Math.floor(((i + offset) * count) / wanted));
  const { data } = await stream.take(indices);
  return {
    count: wanted,
    shape,
    images: data as Float32Array,
    labels: indices.map((i) => stream.labels[i]),
    labelNames,
  };
}
