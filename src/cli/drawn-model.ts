import { type HostArray } from "../array/index.js";
import { loadConditional, readMetadata } from "../checkpoint/index.js";
import { InputError } from "../errors.js";
import { conditionalDraws, networkDraws, type NetworkDraws } from "../evaluate/index.js";
import { adapterBasis } from "../models/index.js";
import { trainingStagesOf } from "../train/configuration/index.js";
import { type ImageModel, readImageModel } from "./image-model.js";

/** A model whose draws are to be updated. */
export interface DrawnModel extends Pick<ImageModel, "problems" | "metadata"> {
  draws: NetworkDraws;
  /** The axes of the adapter's Gaussian, if it has any. */
  axes?: HostArray | undefined;
}

/**
 * Reads a Variational Flow Map of images, or a one-step conditional flow map.
 *
 * @throws InputError if a file is missing or damaged, or the model takes many steps or draws no images
 */
export async function readDrawnModel(folder: string): Promise<DrawnModel> {
  const { model: networks } = await readMetadata(folder);
  if (networks.conditional === undefined) {
    const loaded = await readImageModel(folder);
    return { ...loaded, draws: networkDraws(loaded.model), axes: adapterBasis(loaded.model.parameters.adapter) };
  }
  const loaded = await loadConditional(folder);
  if (trainingStagesOf(loaded.metadata).at(-1) === "conditional-flow-matching")
    throw new InputError(`${folder} takes many steps: give a conditional flow map of one step`);
  return { ...loaded, draws: conditionalDraws(loaded.conditional) };
}
