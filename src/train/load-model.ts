import { InputError } from "../errors.js";
import { adapterModel, autoencoderModel, conditionalModel, decoderPart, flowMapModel } from "../models/index.js";
import { type ConditionalFlowMap } from "../baselines/index.js";
import { type Problem } from "../operators/index.js";
import { type TrainedModel, trainedModel } from "../vfm/index.js";
import { type CheckpointMetadata, readCheckpoint } from "./checkpoint.js";
import { readUpdates } from "./observation-updates.js";
import { adapterBasis } from "./principal-axes.js";
import { problemsFor } from "./problems.js";

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
 * Loads a model from a checkpoint folder. A checkpoint without an adapter gives a model of the prior alone.
 *
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const { metadata, networks } = await readCheckpoint(folder);
  const { sampleShape, configuration } = metadata;
  if (configuration.flowMap === undefined)
    throw new InputError(`${folder} has no flow map: it is the checkpoint of a conditional flow map alone`);
  const flowMap = flowMapModel(configuration.flowMap);
  const adapter = configuration.adapter && adapterModel(configuration.adapter);
  const autoencoder = configuration.autoencoder && autoencoderModel(configuration.autoencoder);
  const imageShape = autoencoder?.imageShape ?? sampleShape;
  const problems = problemsFor(configuration.problems, imageShape);
  const updates = await readUpdates(folder, problems, imageShape, adapterBasis(networks.adapter));
  return {
    model: trainedModel({
      problems,
      sampleShape,
      ...(updates && { updates }),
      ...(typeof configuration.flowMap.classes === "number" && { classes: configuration.flowMap.classes }),
      ...(autoencoder && {
        decoder: {
          imageShape: autoencoder.imageShape,
          parameters: decoderPart(networks.autoencoder),
          decode: autoencoder.decode,
        },
      }),
      parameters: { flowMap: networks.flowMap, adapter: networks.adapter ?? {} },
      meanVelocity: (parameters, ...inputs) => flowMap.apply(parameters, ...inputs),
      adapter: (parameters, ...inputs) => {
        if (adapter === undefined) throw new InputError(`${folder} has no adapter: it cannot sample a posterior`);
        return adapter.apply(parameters, ...inputs);
      },
    }),
    problems,
    metadata,
  };
}

/**
 * Loads a conditional flow map from a checkpoint folder.
 *
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged
 */
export async function loadConditional(folder: string): Promise<LoadedConditional> {
  const { metadata, networks } = await readCheckpoint(folder);
  const { sampleShape, configuration } = metadata;
  if (configuration.conditional === undefined)
    throw new InputError(`${folder} has no conditional flow map: give the checkpoint of a run that trained one`);
  const network = conditionalModel(configuration.conditional);
  const problems = problemsFor(configuration.problems, sampleShape);
  return {
    conditional: {
      problems,
      parameters: networks.conditional,
      meanVelocity: (parameters, ...inputs) => network.apply(parameters, ...inputs),
    },
    problems,
    metadata,
  };
}
