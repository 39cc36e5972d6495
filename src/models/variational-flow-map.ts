import { InputError } from "../errors.js";
import { aFunction, aList, anObject, checkEntries } from "../options.js";
import { type ObservationUpdate, type TrainedModel, trainedModel } from "../vfm/index.js";
import { type Problem } from "../operators/index.js";
import { decoderPart } from "./autoencoder.js";
import { type BoundNetworks, type FlowMapNetwork, type NetworkParameters } from "./network.js";

/** The parts of a model besides its networks. */
export interface ModelParts {
  /** The problems that its adapter knows. */
  problems: readonly Problem[];
  updates?: ReadonlyMap<string, ObservationUpdate> | undefined;
  /** Names the model in messages. */
  source: string;
}

/**
 * Combines a flow map, its adapter if there is one, and parameters into the model that samplers take.
 *
 * @param parameters those of each network, by its name
 * @throws InputError if an argument is wrong or a network's parameters are missing; when a posterior is sampled, if there
 *   is no adapter
 * @example
 * const networks = { flowMap: unet({ shape: [1, 28, 28] }), adapter: unetAdapter({ shape: [1, 28, 28] }) };
 * const problems = [imageProblem("denoise", { sigma: 0.5 })];
 * const { networks: parameters } = await readCheckpoint("runs/mine/checkpoint");
 * const model = variationalFlowMap(networks, parameters, { problems, source: "runs/mine" });
 */
export function variationalFlowMap(
  networks: BoundNetworks & { readonly flowMap: FlowMapNetwork },
  parameters: NetworkParameters,
  { problems, updates, source }: ModelParts,
): TrainedModel {
  const { flowMap, adapter, autoencoder } = networks;
  checkEntries("variationalFlowMap", "networks", networks, { flowMap: anObject });
  checkEntries("variationalFlowMap", "networks.flowMap", flowMap, { shape: aList, apply: aFunction });
  const needed = Object.entries({ flowMap, adapter, autoencoder }).filter(([, network]) => network !== undefined);
  const rules = Object.fromEntries(needed.map(([name]) => [name, anObject]));
  checkEntries("variationalFlowMap", "parameters", parameters, rules);
  return trainedModel({
    problems,
    ...(updates && { updates }),
    sampleShape: [...flowMap.shape],
    ...(flowMap.classes !== undefined && { classes: flowMap.classes }),
    ...(autoencoder && {
      decoder: {
        imageShape: autoencoder.imageShape,
        parameters: decoderPart(parameters.autoencoder),
        decode: autoencoder.decode,
      },
    }),
    parameters: { flowMap: parameters.flowMap, adapter: parameters.adapter ?? {} },
    meanVelocity: (tree, ...inputs) => flowMap.apply(tree, ...inputs),
    adapter: (tree, ...inputs) => {
      if (adapter === undefined) throw new InputError(`${source} has no adapter: it cannot sample a posterior`);
      return adapter.apply(tree, ...inputs);
    },
  });
}
