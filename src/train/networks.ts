import { isDeepStrictEqual } from "node:util";
import { type HostArray, randomSource, type RandomSource, shapesOnly, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { adapterModel, autoencoderModel, conditionalModel, flowMapModel } from "../models/index.js";
import { type Problem, problemClasses } from "../operators/index.js";
import { readAutoencoder } from "./autoencoder-checkpoint.js";
import { type TrainConfig } from "./config.js";

/** The parameters of a model's networks on the host. */
export type NetworkParameters = Readonly<Record<string, Tree<HostArray>>>;

/** The first parameters of the configured networks ("flowMap", "adapter", "conditional", "autoencoder"), from the run's seed. */
export function initialiseNetworks(config: TrainConfig): NetworkParameters {
  return networksFrom(config, (name) => randomSource(config.seed, "initialise", name));
}

/**
 * The networks that a run starts from where nothing else is said: first parameters, and the given autoencoder's weights.
 *
 * @throws InputError if the autoencoder cannot be read, or is not the configured one
 */
export async function startingNetworks(config: TrainConfig): Promise<NetworkParameters> {
  const { autoencoder, autoencoderFrom } = config;
  if (autoencoderFrom === undefined) return initialiseNetworks(config);
  const stored = await readAutoencoder(autoencoderFrom);
  if (!isDeepStrictEqual(stored.config, autoencoder))
    throw new InputError(`${autoencoderFrom} is another autoencoder: ${JSON.stringify(stored.config)}`);
  // The autoencoder's own first parameters are not needed: they would be a long draw.
  return { ...initialiseNetworks({ ...config, autoencoder: undefined }), autoencoder: stored.parameters };
}

/** Shape of the samples of the flow map, or of the conditional one: of the data, or of an autoencoder's latents. */
export function sampleShapeOf({ flowMap, conditional }: TrainConfig): number[] {
  const { config } = flowMap === undefined ? conditionalModel(conditional) : flowMapModel(flowMap);
  return [...config.shape];
}

/** The form of the configured networks: arrays whose shapes and element types alone mean something. */
export function networkForms(config: TrainConfig): NetworkParameters {
  return networksFrom(config, () => shapesOnly);
}

function networksFrom(
  { flowMap, adapter, conditional, autoencoder }: TrainConfig,
  random: (network: string) => RandomSource,
): NetworkParameters {
  return {
    ...(flowMap && { flowMap: flowMapModel(flowMap).initialise(random("flowMap")) }),
    ...(adapter && { adapter: adapterModel(adapter).initialise(random("adapter")) }),
    ...(conditional && { conditional: conditionalModel(conditional).initialise(random("conditional")) }),
    ...(autoencoder && { autoencoder: autoencoderModel(autoencoder).initialise(random("autoencoder")) }),
  };
}

/**
 * Checks that the networks fit the data and the problems.
 *
 * @param dataShape the shape of one sample of the data
 * @throws InputError if a network's samples are not of the data's shape (or of its latents', if there is an autoencoder, which
 *   has to fit the data then), or the adapter does not know a problem's class
 */
export function requireFit(
  { flowMap, adapter, conditional, autoencoder }: TrainConfig,
  dataShape: readonly number[],
  problems: readonly Problem[],
): void {
  const latents = autoencoder && autoencoderModel(autoencoder);
  if (latents !== undefined && latents.imageShape.join() !== dataShape.join())
    throw new InputError(
      `autoencoder.imageShape is [${latents.imageShape.join(", ")}], the data's samples are [${dataShape.join(", ")}]`,
    );
  const sampleShape = latents?.latentShape ?? dataShape;
  const whose = latents === undefined ? "data's samples" : "autoencoder's latents";
  for (const [name, { shape }] of Object.entries({
    ...(flowMap && { flowMap }),
    ...(adapter && { adapter }),
    ...(conditional && { conditional }),
  }))
    if (Array.isArray(shape) && shape.join() !== sampleShape.join())
      throw new InputError(`${name}.shape is [${shape.join(", ")}], the ${whose} are [${sampleShape.join(", ")}]`);
  const classes = problemClasses(problems);
  for (const [name, network] of Object.entries({ adapter, conditional })) {
    const known = network?.problems;
    const unknown = classes.findIndex((own) => typeof known === "number" && own >= known);
    if (unknown >= 0)
      throw new InputError(
        `${name}.problems is ${String(known)}, but ${problems[unknown].name} is class ${classes[unknown]}`,
      );
  }
}
