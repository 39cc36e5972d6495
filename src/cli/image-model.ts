import { type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { loadCheckpoint, type LoadedModel } from "../checkpoint/index.js";
import { imageShapeOfModel } from "../vfm/index.js";

/** A trained model of images with a noise adapter. */
export interface ImageModel extends LoadedModel {
  image: ImageShape;
}

/**
 * Reads the checkpoint of a Variational Flow Map of images.
 *
 * @throws InputError if a file is missing or damaged, the model has no adapter, or its samples are not images
 */
export async function readImageModel(folder: string): Promise<ImageModel> {
  const loaded = await loadCheckpoint(folder);
  const shape = imageShapeOfModel(loaded.model);
  if (loaded.metadata.model.adapter === undefined)
    throw new InputError(`${folder} has no noise adapter: give the checkpoint of a run that trained one`);
  if (shape.length !== 3)
    throw new InputError(`${folder} is a model of points [${shape.join(", ")}]: give a model of images`);
  const [channels, height, width] = shape;
  return { ...loaded, image: { channels, height, width } };
}
