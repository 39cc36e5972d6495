import { join } from "node:path";
import { z } from "zod";
import { countElements, type HostArray, type Tree } from "../array/index.js";
import { readJson, readTree, writeFileAtomically, writeFolderAtomically, writeTree } from "../storage/index.js";
import { modelConfigSchema } from "./config.js";
import { networkForms, type NetworkParameters } from "./networks.js";

const modelFile = "model.safetensors";
const metadataFile = "checkpoint.json";

const metadataSchema = z.strictObject({
  format: z.literal(1),
  /** The shape of one sample without the batch axis: [channels, height, width], or [dimension]. */
  sampleShape: z.array(z.int().positive()),
  /** How it was trained: data, models, problems and stages. */
  configuration: modelConfigSchema,
  /** The stages that were run, with the steps and seconds that each really took. */
  stages: z.array(z.strictObject({ kind: z.string(), steps: z.int(), seconds: z.number() })),
  /** Number of parameters of each network. */
  parameterCounts: z.record(z.string(), z.int()),
});

/** What a checkpoint says of itself. */
export type CheckpointMetadata = z.output<typeof metadataSchema>;

/** A model on disk: {model.safetensors, checkpoint.json} in a folder. */
export interface Checkpoint {
  metadata: CheckpointMetadata;
  networks: NetworkParameters;
}

/** Writes a checkpoint folder, whole or not at all; one that stands there is replaced. */
export async function writeCheckpoint(
  folder: string,
  networks: NetworkParameters,
  about: Omit<CheckpointMetadata, "format" | "parameterCounts">,
): Promise<void> {
  const metadata: CheckpointMetadata = { format: 1, ...about, parameterCounts: parameterCountsOf(networks) };
  await writeFolderAtomically(folder, async (temporary) => {
    await writeTree(join(temporary, modelFile), networks, about.configuration.checkpointPrecision);
    await writeFileAtomically(join(temporary, metadataFile), `${JSON.stringify(metadata, null, 2)}\n`);
  });
}

/** The number of parameters of each network. */
export function parameterCountsOf(networks: Readonly<Record<string, Tree<HostArray>>>): Record<string, number> {
  return Object.fromEntries(Object.entries(networks).map(([name, parameters]) => [name, countElements(parameters)]));
}

/**
 * Reads a checkpoint folder.
 *
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const metadata = await readJson(join(folder, metadataFile), metadataSchema);
  const networks = await readTree(join(folder, modelFile), networkForms(metadata.configuration));
  return { metadata, networks };
}
