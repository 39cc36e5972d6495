import { stat } from "node:fs/promises";
import { type HostArray, shapesOnly, type Tree } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { autoencoderModel, type BoundAutoencoder } from "../../models/index.js";
import { readAutoencoder } from "../autoencoder-checkpoint.js";
import { tensorsOf, weightsOf } from "./find-networks.js";
import { fillParameters, sameNumbers } from "./fill.js";
import { inferAutoencoder } from "./infer.js";
import { type CheckpointSource, openCheckpointFile } from "./source.js";
import { type StateDict } from "./source-tensor.js";

/** An autoencoder in this library's form. */
export interface ImportedAutoencoder {
  model: Pick<BoundAutoencoder, "config" | "imageShape" | "latentShape">;
  parameters: Tree<HostArray>;
  /** Names of tensors that do not belong to the autoencoder. */
  leftOver: string[];
}

// Earlier names of the attention's layers.
const formerNames: readonly (readonly [former: string, name: string])[] = [
  [".query.", ".to_q."],
  [".key.", ".to_k."],
  [".value.", ".to_v."],
  [".proj_attn.", ".to_out.0."],
];

/** Height and width of the images for which an autoencoder is used, or of its latents. */
export type AutoencoderSize = { image: number } | { latent: number };

/** Whether a file contains an AutoencoderKL in the diffusers layout. */
export function hasAutoencoder(file: CheckpointSource): boolean {
  return weightsOf(file, "autoencoder").length > 0;
}

/**
 * Reads an AutoencoderKL in the diffusers layout, with the current or the earlier names of the attention's layers.
 *
 * @throws InputError if the file contains none, or naming a tensor that is missing or has another shape
 */
export async function importAutoencoder(file: CheckpointSource, size: AutoencoderSize): Promise<ImportedAutoencoder> {
  const { path } = file;
  const [weights] = weightsOf(file, "autoencoder");
  if (weights === undefined) throw new InputError(`${path} holds no autoencoder: it has no encoder.conv_in.weight`);
  const tensors = inNewNames(tensorsOf(file, weights));
  const model = autoencoderModel(inferAutoencoder(tensors, size, path).config);
  // The attention's linear layers were once 1 x 1 convolutions.
  const filled = await fillParameters(tensors, model.initialise(shapesOnly), path, sameNumbers);
  return { model, ...filled };
}

/**
 * Loads an autoencoder from a path: a folder written by `vfm import`, or a file in the diffusers layout.
 *
 * @throws InputError if it cannot be read or contains no autoencoder
 */
export async function loadAutoencoder(path: string, size: AutoencoderSize): Promise<ImportedAutoencoder> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    const { config, parameters } = await readAutoencoder(path);
    return { model: autoencoderModel(config), parameters, leftOver: [] };
  }
  const file = await openCheckpointFile(path);
  try {
    return await importAutoencoder(file, size);
  } finally {
    await file.close();
  }
}

function inNewNames(tensors: StateDict): StateDict {
  const renamed = (name: string): string =>
    formerNames.reduce((current, [former, now]) => current.replace(former, now), name);
  return new Map([...tensors].map(([name, tensor]) => [renamed(name), tensor]));
}
