import { type HostArray, randomSource, type Tree } from "../array/index.js";
import { adapterModel, flowMapModel } from "../models/index.js";
import { type TrainConfig } from "./config.js";

/** The parameters of a model's networks on the host. */
export interface NetworkParameters {
  readonly [network: string]: Tree<HostArray>;
  readonly flowMap: Tree<HostArray>;
}

/** The first parameters of the configured networks ("flowMap", and "adapter" if there is one), from the run's seed. */
export function initialiseNetworks({ seed, flowMap, adapter }: TrainConfig): NetworkParameters {
  const random = (name: string) => randomSource(seed, "initialise", name);
  const networks = { flowMap: flowMapModel(flowMap).initialise(random("flowMap")) };
  if (adapter === undefined) return networks;
  return { ...networks, adapter: adapterModel(adapter).initialise(random("adapter")) };
}
