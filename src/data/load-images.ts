import { z } from "zod";
import { type Dataset } from "./dataset.js";
import { loadFashionMnist } from "./fashion-mnist.js";
import { loadImageFolder } from "./image-folder.js";
import { loadMnist } from "./mnist.js";
import { type Split } from "./split.js";

const positiveInteger = z.int().positive();

/** The settings of each kind of image data: MNIST, Fashion-MNIST, and a folder of images with the size that they are made to fit. */
export const imageDataSchemas = [
  z.strictObject({ kind: z.literal("mnist") }),
  z.strictObject({ kind: z.literal("fashion-mnist") }),
  z.strictObject({
    kind: z.literal("images"),
    folder: z.string(),
    height: positiveInteger,
    width: positiveInteger,
    channels: z.union([z.literal(1), z.literal(3)]),
  }),
] as const;

/** Checked settings of image data. */
export type ImageDataConfig = z.output<(typeof imageDataSchemas)[number]>;

/** Loads a split of the configured images. Throws InputError as `loadMnist`, `loadFashionMnist` and `loadImageFolder` do. */
export async function loadImages(config: ImageDataConfig, split: Split): Promise<Dataset> {
  switch (config.kind) {
    case "mnist":
      return loadMnist(split);
    case "fashion-mnist":
      return loadFashionMnist(split);
    case "images":
      return loadImageFolder(config.folder, config, split);
  }
}
