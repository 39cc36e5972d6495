import { files } from "#files";
import { type ConditionalFlowMap } from "../baselines/index.js";
import { InputError, naming } from "../errors.js";
import { adapterBasis, type BoundNetworks, type NetworkParameters, variationalFlowMap } from "../models/index.js";
import { type Problem } from "../operators/index.js";
import { joinPath } from "../storage/index.js";
import { type TrainedModel } from "../vfm/index.js";
import { bindProblems, checkLoad, type OwnParts } from "./bind.js";
import { boundIn, type CheckpointMetadata, metadataFile, networksIn, readMetadata } from "./checkpoint.js";
import { readUpdates } from "./observation-updates.js";

/** A trained model with the problems that its adapter knows. */
export interface LoadedModel {
  /** What `samplePosterior` and `samplePrior` take. */
  model: TrainedModel;
  problems: readonly Problem[];
  metadata: CheckpointMetadata;
}

/** A trained conditional flow map with the problems that it knows. */
export interface LoadedConditional {
  conditional: ConditionalFlowMap;
  problems: readonly Problem[];
  metadata: CheckpointMetadata;
}

/**
 * Loads a trained model.
 *
 * @param name a shipped model ("mnist"), the folder of a checkpoint, or in a browser its URL
 * @param own networks and problems that are not the library's: a checkpoint stores only their parameters and names
 * @returns the model that `samplePosterior` and `samplePrior` take; without an adapter, a model of the prior alone
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged, or the part that
 *   has to be supplied in `own`
 * @example
 * const model = await loadModel("mnist");
 * const y = await observe(model.problem("denoise"), images, { seed: 1 });
 */
export async function loadModel(name: string, own: OwnParts = {}): Promise<TrainedModel> {
  if (typeof name !== "string" || name === "")
    throw new InputError("loadModel: give the name of a shipped model, or the folder of a checkpoint");
  return (await loadCheckpoint(files.modelFolder(name), own)).model;
}

/**
 * Loads a model from a checkpoint folder, with its metadata. A checkpoint without an adapter gives a model of the prior
 * alone.
 *
 * @param own networks and problems that are not the library's: a checkpoint stores only their parameters and names
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged, or the part that
 *   has to be supplied in `own`
 * @example
 * const { model } = await loadCheckpoint("runs/mine/checkpoint");
 * const y = await observe(model.problem("denoise"), images, { seed: 1 });
 */
export async function loadCheckpoint(folder: string, own: OwnParts = {}): Promise<LoadedModel> {
  checkLoad("loadCheckpoint", folder, own);
  const { metadata, networks, parameters } = await load(folder, own);
  const { flowMap, autoencoder } = networks;
  if (flowMap === undefined) {
    const only = networks.conditional === undefined ? "a noise adapter" : "a conditional flow map";
    throw new InputError(`${folder} has no flow map, only ${only}: give the checkpoint of a Variational Flow Map`);
  }
  const imageShape = autoencoder?.imageShape ?? metadata.sampleShape;
  const problems = await problemsIn(folder, metadata, imageShape, own);
  const updates = await readUpdates(folder, problems, imageShape, adapterBasis(parameters.adapter));
  const parts = { problems, updates, source: folder };
  return { model: variationalFlowMap({ ...networks, flowMap }, parameters, parts), problems, metadata };
}

/**
 * Loads a conditional flow map from a checkpoint folder.
 *
 * @param own as in `loadCheckpoint`
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged, or the part that
 *   has to be supplied in `own`
 * @example
 * const { conditional } = await loadConditional("runs/conditional/checkpoint");
 * const sampler = conditionalFlow(conditional, { steps: 50 }, samplerEngine());
 */
export async function loadConditional(folder: string, own: OwnParts = {}): Promise<LoadedConditional> {
  checkLoad("loadConditional", folder, own);
  const { metadata, networks, parameters } = await load(folder, own);
  const { conditional: network } = networks;
  if (network === undefined)
    throw new InputError(`${folder} has no conditional flow map: give the checkpoint of a run that trained one`);
  const problems = await problemsIn(folder, metadata, metadata.sampleShape, own);
  const updates = await readUpdates(folder, problems, metadata.sampleShape, undefined);
  return {
    conditional: {
      problems,
      ...(updates && { updates }),
      parameters: parameters.conditional,
      meanVelocity: (tree, ...inputs) => network.apply(tree, ...inputs),
    },
    problems,
    metadata,
  };
}

function problemsIn(
  folder: string,
  { model }: CheckpointMetadata,
  imageShape: readonly number[],
  { problems }: OwnParts,
): Promise<readonly Problem[]> {
  return naming(joinPath(folder, metadataFile), () => bindProblems(model.problems, imageShape, problems));
}

/** Throws InputError if a plain name is neither that of a folder nor that of a shipped model. */
async function requireModel(folder: string): Promise<void> {
  const shipped = files.shippedModels();
  if (shipped.length === 0 || !/^[a-z0-9-]+$/.test(folder) || (await files.exists(folder))) return;
  throw new InputError(`there is no folder "${folder}", and the shipped models are ${shipped.join(", ")}`);
}

async function load(
  folder: string,
  own: OwnParts,
): Promise<{ metadata: CheckpointMetadata; networks: BoundNetworks; parameters: NetworkParameters }> {
  await requireModel(folder);
  const metadata = await readMetadata(folder);
  const networks = await boundIn(folder, metadata, own);
  return { metadata, networks, parameters: await networksIn(folder, networks) };
}
