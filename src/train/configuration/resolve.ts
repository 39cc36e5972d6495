import { isDeepStrictEqual } from "node:util";
import {
  bindNetworks,
  bindProblems,
  type CheckpointAbout,
  loadCheckpoint,
  readAutoencoder,
  readCheckpoint,
} from "../../checkpoint/index.js";
import { InputError } from "../../errors.js";
import { type NetworkParameters, sampleShapeOf } from "../../models/index.js";
import { filterKeys } from "../object-entries.js";
import { type Run, type Teacher } from "../run.js";
import { startingNetworks } from "../train.js";
import { type TrainConfig } from "./config.js";
import { loadTrainingData } from "./load-training-data.js";

/**
 * The run that a configuration describes, with its networks, problems and data found by name or loaded from the named
 * files.
 *
 * @throws InputError if a name or a file is wrong, or the data cannot be read
 */
export async function resolve(config: TrainConfig): Promise<Run> {
  const { seed, stages, logEvery, checkpointEvery, checkpointPrecision } = config;
  const data = await loadTrainingData(config.data, seed);
  const networks = await bindNetworks(config);
  const initial = await initialParameters(config);
  checkFlowMapIsTrained(config, initial);
  return {
    ...networks,
    data,
    problems: await bindProblems(config.problems, data.sampleShape),
    stages,
    seed,
    logEvery,
    checkpointEvery,
    checkpointPrecision,
    initial,
    teacher: await readTeacher(config),
    updates: await readUpdatesOf(config),
    record: config,
  };
}

/** The initial parameters of a configuration's run. Throws InputError as `resolve` does. */
export async function startingParameters(config: TrainConfig): Promise<NetworkParameters> {
  const networks = await bindNetworks(config);
  return startingNetworks({ ...networks, initial: await initialParameters(config), seed: config.seed });
}

/**
 * The metadata of a checkpoint of a configuration's networks before any training. Throws InputError as `resolve` does.
 */
export async function aboutUntrained(config: TrainConfig): Promise<CheckpointAbout> {
  const { flowMap, adapter, conditional, autoencoder, problems } = config;
  return {
    sampleShape: sampleShapeOf(await bindNetworks(config)),
    model: { flowMap, adapter, conditional, autoencoder, problems },
    training: config,
    stages: [],
  };
}

/**
 * The initial parameters that are not drawn: those of the checkpoints `initialFrom`, and the weights of the autoencoder
 * `autoencoderFrom`, which take the place of the checkpoint's.
 */
async function initialParameters(config: TrainConfig): Promise<NetworkParameters> {
  const { autoencoderFrom, initialFrom = [] } = config;
  let networks: NetworkParameters = {};
  for (const folder of [initialFrom].flat()) {
    const own = await networksOf(config, folder);
    const twice = Object.keys(own).find((name) => name in networks);
    if (twice !== undefined)
      throw new InputError(
        `initialFrom: ${folder} has the network "${twice}", as a folder before it has: name only one of them`,
      );
    networks = { ...networks, ...own };
  }
  return {
    ...networks,
    ...(autoencoderFrom !== undefined && { autoencoder: await autoencoderWeights(config, autoencoderFrom) }),
  };
}

async function autoencoderWeights({ autoencoder }: TrainConfig, folder: string): Promise<NetworkParameters[string]> {
  const stored = await readAutoencoder(folder);
  if (!isDeepStrictEqual(stored.config, autoencoder))
    throw new InputError(
      `autoencoderFrom: ${folder} is another autoencoder: set "autoencoder" to ${JSON.stringify(stored.config)}`,
    );
  return stored.parameters;
}

async function networksOf(config: TrainConfig, folder: string): Promise<NetworkParameters> {
  const { metadata, networks } = await readCheckpoint(folder);
  for (const name of ["flowMap", "adapter", "conditional"] as const) {
    const [ours, theirs] = [config[name], metadata.model[name]];
    if (ours !== undefined && theirs !== undefined && !isDeepStrictEqual(withoutSize(ours), withoutSize(theirs)))
      throw new InputError(
        `${folder}: its ${name} is not the configuration's: set "${name}" to ${JSON.stringify(theirs)}`,
      );
  }
  return networks;
}

// An adapter for a flow map of random parameters would be trained for hours without a sign that anything is wrong. Who
// names a checkpoint means to start from a trained flow map; without one, random parameters are what was asked for.
function checkFlowMapIsTrained({ stages, initialFrom }: TrainConfig, initial: NetworkParameters): void {
  const first = stages.findIndex(({ kind }) => kind === "adapter" || kind === "distillation");
  const isTrained = "flowMap" in initial || stages.slice(0, first).some(({ kind }) => !kind.startsWith("conditional"));
  if (initialFrom === undefined || first < 0 || isTrained) return;
  const folders = [initialFrom].flat().join(", ");
  throw new InputError(
    `initialFrom: ${folders} has no flow map, which stages.${first} needs: name a checkpoint that has one, too`,
  );
}

/** Reads the configured teacher, if there is one. */
async function readTeacher({ teacher: folder }: TrainConfig): Promise<Teacher | undefined> {
  return folder === undefined ? undefined : (await loadCheckpoint(folder)).model;
}

/** Reads the configured updates, if there are any. Throws InputError if the checkpoint has none. */
async function readUpdatesOf({ updates: folder }: TrainConfig): Promise<Run["updates"]> {
  if (folder === undefined) return undefined;
  const { updates } = (await loadCheckpoint(folder)).model;
  if (updates === undefined) throw new InputError(`${folder} has no updates: fit them with vfm fit-updates`);
  return updates;
}

// A named size only repeats what other keys say.
function withoutSize(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return filterKeys(config, (key) => key !== "size");
}
