import { type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { adapterModel, flowMapModel } from "../models/index.js";
import { createProblem, type Problem } from "../operators/index.js";
import { type CheckpointMetadata, readCheckpoint } from "../train/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";

/** A trained model of images and the inverse problems that its adapter was trained on. */
export interface ImageModel {
  model: VariationalFlowMap;
  image: ImageShape;
  problems: readonly Problem[];
  metadata: CheckpointMetadata;
}

/**
 * Reads a checkpoint of a Variational Flow Map of images.
 *
 * @throws InputError if a file is missing or damaged, the model has no adapter, or its samples are not images
 */
export async function readImageModel(folder: string): Promise<ImageModel> {
  const { metadata, networks } = await readCheckpoint(folder);
  const { configuration, sampleShape } = metadata;
  const { flowMap, adapter } = networks;
  if (configuration.adapter === undefined || adapter === undefined)
    throw new InputError(`${folder} has no noise adapter: give the checkpoint of a run with an adapter`);
  if (sampleShape.length !== 3)
    throw new InputError(`${folder} is a model of points [${sampleShape.join(", ")}]: give a model of images`);
  const [channels, height, width] = sampleShape;
  const networkOf = { flowMap: flowMapModel(configuration.flowMap), adapter: adapterModel(configuration.adapter) };
  return {
    model: {
      sampleShape,
      parameters: { flowMap, adapter },
      meanVelocity: networkOf.flowMap.apply,
      adapter: networkOf.adapter.apply,
    },
    image: { channels, height, width },
    problems: configuration.problems.map(createProblem),
    metadata,
  };
}

/** The model's problem of this name. Throws InputError with the names that there are. */
export function problemNamed({ problems }: ImageModel, name: string): Problem {
  const problem = problems.find((known) => known.name === name);
  if (problem !== undefined) return problem;
  throw new InputError(
    `--problem: "${name}" is unknown to the model: use one of ${problems.map((p) => p.name).join(", ")}`,
  );
}
