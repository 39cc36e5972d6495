import { InputError } from "../errors.js";
import { adapterModel, autoencoderModel, conditionalModel, decoderPart, flowMapModel } from "../models/index.js";
import { type Problem } from "../operators/index.js";
import { type ConditionalFlow } from "../baselines/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { type CheckpointMetadata, readCheckpoint } from "./checkpoint.js";
import { readUpdates } from "./observation-updates.js";
import { adapterBasis } from "./principal-axes.js";
import { problemsFor } from "./problems.js";

/** A trained model with the problems that its adapter knows. */
export interface LoadedModel {
  /** What `samplePosterior` and `samplePrior` take. */
  model: VariationalFlowMap;
  /** The conditional velocity, if the run trained one. */
  conditional?: ConditionalFlow;
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
  const flowMap = flowMapModel(configuration.flowMap);
  const adapter = configuration.adapter && adapterModel(configuration.adapter);
  const conditional = configuration.conditional && conditionalModel(configuration.conditional);
  const autoencoder = configuration.autoencoder && autoencoderModel(configuration.autoencoder);
  const imageShape = autoencoder?.imageShape ?? sampleShape;
  const problems = problemsFor(configuration.problems, imageShape);
  const updates = await readUpdates(folder, problems, imageShape, adapterBasis(networks.adapter));
  return {
    model: {
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
    },
    ...(conditional && {
      conditional: {
        parameters: networks.conditional,
        velocity: (parameters, ...inputs) => conditional.apply(parameters, ...inputs),
      },
    }),
    problems,
    metadata,
  };
}
