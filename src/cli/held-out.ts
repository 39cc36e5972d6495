import { existsSync } from "node:fs";
import { type Dataset } from "../data/index.js";
import { imageSetNames, loadImages, type Split } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { type Classifier, loadClassifier } from "../classifier/index.js";
import { trainingDataOf, trainingImagesOf } from "../train/configuration/index.js";
import { type ImageModel } from "./image-model.js";
import { shippedCheckpoint } from "./package-folder.js";

/** A split of the images that a model was trained on. Throws InputError if they are not images or cannot be read. */
export async function imagesOf({ metadata }: Pick<ImageModel, "metadata">, split: Split): Promise<Dataset> {
  const data = trainingImagesOf(metadata);
  if (data === undefined)
    throw new InputError(
      "the model was trained on points or on data of its own: give a model of images of this library",
    );
  return loadImages(data, split);
}

/** The shipped classifier of the model's data set; undefined if there is none: then no labels are read. */
export async function classifierOf({ metadata }: ImageModel): Promise<Classifier | undefined> {
  const name = imageSetNames.find((known) => known === trainingDataOf(metadata)?.kind);
  const folder = name && shippedCheckpoint(`${name}-classifier`);
  return folder !== undefined && existsSync(folder) ? loadClassifier(folder) : undefined;
}
