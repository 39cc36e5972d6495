import { z } from "zod";
import { positiveInteger } from "../schema.js";
import { countElements, randomSource } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  checkFile,
  joinPath,
  readJson,
  readTree,
  writeFileAtomically,
  writeBoundFolder,
  writeTree,
} from "../storage/index.js";
import { type ClassifierParameters, initialiseClassifier } from "./classifier.js";

const modelFile = "model.safetensors";
const metadataFile = "checkpoint.json";

const metadataSchema = z.strictObject({
  format: z.literal(1),
  kind: z.literal("classifier"),
  /** The configuration of the network. */
  network: z.strictObject({
    image: z.strictObject({ channels: positiveInteger, height: positiveInteger, width: positiveInteger }),
    classes: positiveInteger,
    width: positiveInteger,
    features: positiveInteger,
  }),
  /** The training data and settings. */
  data: z.string(),
  training: z.strictObject({
    seed: z.int(),
    epochs: positiveInteger,
    batchSize: positiveInteger,
    learningRate: z.number(),
    weightDecay: z.number(),
    shift: z.int(),
    mirror: z.boolean().default(false),
  }),
  /** The accuracy on each split. */
  accuracy: z.record(z.string(), z.number()),
  parameterCount: positiveInteger,
});

/** The metadata of a classifier's checkpoint. */
export type ClassifierMetadata = z.output<typeof metadataSchema>;

/** A classifier on disk: a folder with model.safetensors and checkpoint.json. */
export interface ClassifierCheckpoint {
  metadata: ClassifierMetadata;
  parameters: Hosted<ClassifierParameters>;
}

/**
 * Writes a classifier's folder atomically, with parameters as float16, and replaces an existing one.
 *
 * @throws InputError if the folder holds other files
 */
export async function writeClassifier(
  folder: string,
  parameters: Hosted<ClassifierParameters>,
  about: Omit<ClassifierMetadata, "format" | "kind" | "parameterCount">,
): Promise<void> {
  const metadata: ClassifierMetadata = {
    format: 1,
    kind: "classifier",
    ...about,
    parameterCount: countElements(parameters),
  };
  await writeBoundFolder(folder, async (temporary) => {
    await writeTree(joinPath(temporary, modelFile), parameters, "float16");
    await writeFileAtomically(joinPath(temporary, metadataFile), `${JSON.stringify(metadata, null, 2)}\n`);
  });
}

/**
 * Reads a classifier's folder.
 *
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged
 */
export async function readClassifier(folder: string): Promise<ClassifierCheckpoint> {
  for (const name of [metadataFile, modelFile]) await checkFile(folder, name);
  const metadata = await readJson(joinPath(folder, metadataFile), metadataSchema);
  const form = initialiseClassifier(metadata.network, randomSource(0));
  return { metadata, parameters: await readTree(joinPath(folder, modelFile), form) };
}
