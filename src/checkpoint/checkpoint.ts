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
/** What a checkpoint says of itself. */
export const metadataFile = "checkpoint.json";

const entries = {
  /** The shape of one sample without the batch axis: [channels, height, width], or [dimension]. */
  sampleShape: z.array(z.int().positive()),
  /** The stages that were run, with the steps that each really took; earlier versions kept the seconds too. */
  stages: z.array(z.strictObject({ kind: z.string(), steps: z.int(), seconds: z.number().optional() })),
  /** Number of parameters of each network. */
  parameterCounts: z.record(z.string(), z.int()),
};

const metadataSchema = z.strictObject({
  format: z.literal(2),
  ...entries,
  /** What the networks are, and of which problems. */
  model: z.strictObject(modelSpecEntries),
  /** How the networks were trained, as the run recorded it: it is read by people and figures, not to load the model. */
  training: z.record(z.string(), z.unknown()),
});

// The first format kept the training configuration alone, the model's entries among its own.
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
 * What a checkpoint says of itself.
 *
 * @interface
 */
export type CheckpointMetadata = z.output<typeof metadataSchema>;

/** What a checkpoint's writer says of it. */
export type CheckpointAbout = Pick<CheckpointMetadata, "sampleShape" | "model" | "training" | "stages">;

/** A model on disk: {model.safetensors, checkpoint.json} in a folder. */
export interface Checkpoint {
  metadata: CheckpointMetadata;
  networks: NetworkParameters;
}

/**
 * Writes a checkpoint folder, whole or not at all; one that stands there is replaced.
 *
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
 * @param own networks of the caller's, in the place of those that the checkpoint cannot name
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

/** What the checkpoint in a folder says of itself. Throws InputError naming the file and the entry that is wrong. */
export async function readMetadata(folder: string): Promise<CheckpointMetadata> {
  const inRun = joinPath(folder, "checkpoint", metadataFile);
  if (!(await exists(joinPath(folder, metadataFile))) && (await exists(inRun)))
    throw new InputError(`${folder} is a run's folder: its checkpoint is ${joinPath(folder, "checkpoint")}, name that`);
  await checkFile(folder, metadataFile);
  return readJson(joinPath(folder, metadataFile), z.discriminatedUnion("format", [metadataSchema, firstFormatSchema]));
}

/** The parameters in a folder, of networks of this form. Throws InputError naming the tensor that is missing or misshapen. */
export async function networksIn(folder: string, networks: BoundNetworks): Promise<NetworkParameters> {
  await checkFile(folder, modelFile);
  return readTree(joinPath(folder, modelFile), networkForms(networks));
}

/** The networks that a checkpoint's metadata name. Throws InputError naming their file. */
export async function boundIn(
  folder: string,
  metadata: CheckpointMetadata,
  own?: BoundNetworks,
): Promise<BoundNetworks> {
  return naming(joinPath(folder, metadataFile), () => bindNetworks(metadata.model, own));
}

/** The form of networks: arrays whose shapes and element types alone mean something. */
export function networkForms(networks: BoundNetworks): NetworkParameters {
  // Somebody's own network may compute with what it draws: it needs numbers.
  return parametersOf(networks, (_, { initialise, config }) =>
    initialise(config !== undefined && "model" in config ? shapesOnly : randomSource(0)),
  );
}
