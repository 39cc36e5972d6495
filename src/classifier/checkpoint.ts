import { z } from "zod";
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
const count = z.int().positive();

const metadataSchema = z.strictObject({
  format: z.literal(1),
  kind: z.literal("classifier"),
  /** The network's form. */
  network: z.strictObject({
    image: z.strictObject({ channels: count, height: count, width: count }),
    classes: count,
    width: count,
    features: count,
  }),
  /** What it was trained on, and how. */
  data: z.string(),
  training: z.strictObject({
    seed: z.int(),
    epochs: count,
    batchSize: count,
    learningRate: z.number(),
    weightDecay: z.number(),
    shift: z.int(),
    mirror: z.boolean().default(false),
  }),
  /** The share of the images of each split that it reads right. */
  accuracy: z.record(z.string(), z.number()),
  parameterCount: count,
});

/** What a classifier's checkpoint says of itself. */
export type ClassifierMetadata = z.output<typeof metadataSchema>;

/** A classifier on disk: {model.safetensors, checkpoint.json} in a folder. */
export interface ClassifierCheckpoint {
  metadata: ClassifierMetadata;
  parameters: Hosted<ClassifierParameters>;
}

/** Writes a classifier's folder, parameters as float16, whole or not at all; one that stands there is replaced. */
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
