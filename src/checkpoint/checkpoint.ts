import { z } from "zod";
import { countElements, type HostArray, randomSource, shapesOnly, type Tree } from "../array/index.js";
import { type BoundNetworks, modelSpecEntries, type NetworkParameters, parametersOf } from "../models/index.js";
import { InputError, naming } from "../errors.js";
import {
  checkFile,
  exists,
  joinPath,
  readJson,
  readTree,
  type StoragePrecision,
  writeBoundFolder,
  writeFileAtomically,
  writeTree,
} from "../storage/index.js";
import { bindNetworks, checkLoad } from "./bind.js";

const modelFile = "model.safetensors";
/** The file of a checkpoint's metadata. */
export const metadataFile = "checkpoint.json";

const entries = {
  /** The shape of one sample without the batch axis: [channels, height, width], or [dimension]. */
  sampleShape: z.array(z.int().positive()),
  /** The stages that were run, with the number of steps of each; earlier versions also stored the seconds. */
  stages: z.array(z.strictObject({ kind: z.string(), steps: z.int(), seconds: z.number().optional() })),
  /** Number of parameters of each network. */
  parameterCounts: z.record(z.string(), z.int()),
};

const metadataSchema = z.strictObject({
  format: z.literal(2),
  ...entries,
  /** The specification of the networks and problems. */
  model: z.strictObject(modelSpecEntries),
  /**
   * How the networks were trained, as the run recorded it. It serves people and figures, and is not needed to load the
   * model.
   */
  training: z.record(z.string(), z.unknown()),
});

// The first format stored only the training configuration, with the model's entries in it.
const firstFormatSchema = z
  .strictObject({ format: z.literal(1), ...entries, configuration: z.looseObject(modelSpecEntries) })
  .transform(({ configuration, ...rest }): CheckpointMetadata => {
    const { flowMap, adapter, conditional, autoencoder, problems } = configuration;
    return {
      ...rest,
      format: 2,
      model: { flowMap, adapter, conditional, autoencoder, problems },
      training: configuration,
    };
  });

/**
 * The metadata of a checkpoint.
 *
 * @interface
 */
export type CheckpointMetadata = z.output<typeof metadataSchema>;

/** The metadata that the writer of a checkpoint supplies. */
export type CheckpointAbout = Pick<CheckpointMetadata, "sampleShape" | "model" | "training" | "stages">;

/** A model on disk: a folder with model.safetensors and checkpoint.json. */
export interface Checkpoint {
  metadata: CheckpointMetadata;
  networks: NetworkParameters;
}

/**
 * Writes a checkpoint folder atomically, and replaces an existing one.
 *
 * @throws InputError if the folder holds other files
 * @example
 * const { metadata, networks } = await readCheckpoint("runs/mine/checkpoint");
 * await writeCheckpoint("published", networks, metadata, "float16");
 */
export async function writeCheckpoint(
  folder: string,
  networks: NetworkParameters,
  { sampleShape, model, training, stages }: CheckpointAbout,
  precision: StoragePrecision = "float32",
): Promise<void> {
  const parameterCounts = parameterCountsOf(networks);
  const metadata: CheckpointMetadata = { format: 2, sampleShape, model, training, stages, parameterCounts };
  await writeBoundFolder(folder, async (temporary) => {
    await writeTree(joinPath(temporary, modelFile), networks, precision);
    await writeFileAtomically(joinPath(temporary, metadataFile), `${JSON.stringify(metadata, null, 2)}\n`);
  });
}

/** The number of parameters of each network. */
export function parameterCountsOf(networks: Readonly<Record<string, Tree<HostArray>>>): Record<string, number> {
  return Object.fromEntries(Object.entries(networks).map(([name, parameters]) => [name, countElements(parameters)]));
}

/**
 * Reads a checkpoint folder.
 *
 * @param own the caller's networks, in place of those that the checkpoint cannot name
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged
 * @example
 * const { metadata, networks } = await readCheckpoint("runs/mine/checkpoint");
 * console.log(metadata.sampleShape, countElements(networks.flowMap));
 */
export async function readCheckpoint(folder: string, own: BoundNetworks = {}): Promise<Checkpoint> {
  checkLoad("readCheckpoint", folder, own);
  const metadata = await readMetadata(folder);
  return { metadata, networks: await networksIn(folder, await boundIn(folder, metadata, own)) };
}

/** Reads the metadata of the checkpoint in a folder. Throws InputError naming the file and the entry that is wrong. */
export async function readMetadata(folder: string): Promise<CheckpointMetadata> {
  const inRun = joinPath(folder, "checkpoint", metadataFile);
  if (!(await exists(joinPath(folder, metadataFile))) && (await exists(inRun)))
    throw new InputError(`${folder} is a run's folder: its checkpoint is ${joinPath(folder, "checkpoint")}, name that`);
  await checkFile(folder, metadataFile);
  return readJson(joinPath(folder, metadataFile), z.discriminatedUnion("format", [metadataSchema, firstFormatSchema]));
}

/**
 * Reads the parameters of networks of this form from a folder. Throws InputError naming the tensor that is missing or
 * misshapen.
 */
export async function networksIn(folder: string, networks: BoundNetworks): Promise<NetworkParameters> {
  await checkFile(folder, modelFile);
  return readTree(joinPath(folder, modelFile), networkForms(networks));
}

/** The networks that a checkpoint's metadata name. Throws InputError naming the metadata's file. */
export async function boundIn(
  folder: string,
  metadata: CheckpointMetadata,
  own?: BoundNetworks,
): Promise<BoundNetworks> {
  return naming(joinPath(folder, metadataFile), () => bindNetworks(metadata.model, own));
}

/** The form of networks: arrays of which only the shapes and element types are meaningful. */
export function networkForms(networks: BoundNetworks): NetworkParameters {
  // A user's own network may compute with what it draws, so it needs numbers.
  return parametersOf(networks, (_, { initialise, config }) =>
    initialise(config !== undefined && "model" in config ? shapesOnly : randomSource(0)),
  );
}
