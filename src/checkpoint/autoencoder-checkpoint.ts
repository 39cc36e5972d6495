import { z } from "zod";
import { naming } from "../errors.js";
import { countElements, type HostArray, shapesOnly, type Tree } from "../array/index.js";
import { autoencoderModel, type BoundAutoencoder } from "../models/index.js";
import {
  checkFile,
  joinPath,
  readJson,
  readTree,
  type StoragePrecision,
  writeFileAtomically,
  writeBoundFolder,
  writeTree,
} from "../storage/index.js";

const modelFile = "model.safetensors";
const metadataFile = "checkpoint.json";

const metadataSchema = z.strictObject({
  format: z.literal(1),
  kind: z.literal("autoencoder"),
  autoencoder: z.looseObject({ model: z.string() }),
  parameterCount: z.int(),
});

/** An autoencoder on disk: a folder with model.safetensors and checkpoint.json. */
export interface AutoencoderCheckpoint {
  config: BoundAutoencoder["config"];
  parameters: Tree<HostArray>;
}

/**
 * Writes an autoencoder's folder atomically, and replaces an existing one.
 *
 * @throws InputError if the folder holds other files
 * @example
 * const autoencoder = await readAutoencoder("autoencoder");
 * await writeAutoencoder("autoencoder-half", autoencoder, "float16");
 */
export async function writeAutoencoder(
  folder: string,
  { config, parameters }: AutoencoderCheckpoint,
  precision: StoragePrecision,
): Promise<void> {
  const metadata: z.infer<typeof metadataSchema> = {
    format: 1,
    kind: "autoencoder",
    autoencoder: { ...config },
    parameterCount: countElements(parameters),
  };
  await writeBoundFolder(folder, async (temporary) => {
    await writeTree(joinPath(temporary, modelFile), parameters, precision);
    await writeFileAtomically(joinPath(temporary, metadataFile), `${JSON.stringify(metadata, null, 2)}\n`);
  });
}

/**
 * Reads an autoencoder's folder.
 *
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged
 * @example
 * const { config, parameters } = await readAutoencoder("autoencoder");
 * const { latentShape } = autoencoderModel(config);
 */
export async function readAutoencoder(folder: string): Promise<AutoencoderCheckpoint> {
  for (const name of [metadataFile, modelFile]) await checkFile(folder, name);
  const path = joinPath(folder, metadataFile);
  const metadata = await readJson(path, metadataSchema);
  const { config, initialise } = naming(path, () => autoencoderModel(metadata.autoencoder));
  return { config, parameters: await readTree(joinPath(folder, modelFile), initialise(shapesOnly)) };
}
