import { type HostArray, randomSource, type RandomSource, shapesOnly, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { adapterModel, flowMapModel } from "../models/index.js";
import { type Problem } from "../operators/index.js";
import { type TrainConfig } from "./config.js";

/** The parameters of a model's networks on the host. */
export interface NetworkParameters {
  readonly [network: string]: Tree<HostArray>;
  readonly flowMap: Tree<HostArray>;
}

/** The first parameters of the configured networks ("flowMap", and "adapter" if there is one), from the run's seed. */
export function initialiseNetworks(config: TrainConfig): NetworkParameters {
  return networksFrom(config, (name) => randomSource(config.seed, "initialise", name));
}

/** The form of the configured networks: arrays whose shapes and element types alone mean something. */
export function networkForms(config: TrainConfig): NetworkParameters {
  return networksFrom(config, () => shapesOnly);
}

function networksFrom({ flowMap, adapter }: TrainConfig, random: (network: string) => RandomSource): NetworkParameters {
  const networks = { flowMap: flowMapModel(flowMap).initialise(random("flowMap")) };
  if (adapter === undefined) return networks;
  return { ...networks, adapter: adapterModel(adapter).initialise(random("adapter")) };
}

/**
 * Checks that the networks fit the data and the problems.
 *
 * @throws InputError if a network's samples are not of the data's shape, or the adapter does not know a problem's class
 */
export function requireFit(
  { flowMap, adapter }: TrainConfig,
  sampleShape: readonly number[],
  problems: readonly Problem[],
): void {
  for (const [name, { shape }] of Object.entries({ flowMap, ...(adapter && { adapter }) }))
    if (Array.isArray(shape) && shape.join() !== sampleShape.join())
      throw new InputError(
        `${name}.shape is [${shape.join(", ")}], the data's samples are [${sampleShape.join(", ")}]`,
      );
  const known = adapter?.problems;
  const unknown = problems.find((problem) => typeof known === "number" && problem.class >= known);
  if (unknown !== undefined)
    throw new InputError(`adapter.problems is ${String(known)}, but ${unknown.name} is class ${unknown.class}`);
}
