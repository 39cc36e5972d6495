import { type HostArray, type NDArray, type RandomSource, type Tree } from "../array/index.js";
import { type BoundAutoencoder } from "./autoencoder.js";
import { type NoiseDistribution } from "../vfm/index.js";

/** A network's configuration: plain JSON that identifies the network in a checkpoint. */
export type NetworkConfig = Readonly<Record<string, unknown>>;

/** A network without its parameters. Your own network is an object literal of this type. */
interface Network {
  /** Shape of one sample: x for a flow map, the noise for an adapter. */
  readonly shape: readonly number[];
  /** Draws the initial parameters from `random`: a tree of host arrays. */
  initialise(random: RandomSource): Tree<HostArray>;
  /** Identifies the network in a checkpoint. Without it, whoever loads the checkpoint has to supply the network. */
  readonly config?: NetworkConfig;
}

/** A flow map u(x_t, r, t): the mean velocity from time t to r. */
export interface FlowMapNetwork extends Network {
  /** x: [B, ...shape], r, t: [B], labels: int32 [B] if it knows classes -> the mean velocity, [B, ...shape]. */
  apply(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, labels?: NDArray): NDArray;
  /** Number of labels that it knows. Default: none. */
  readonly classes?: number;
}

/** A noise adapter q(z | y, c). */
export interface AdapterNetwork extends Network {
  /** A^T y: [B, ...], the problem's class c: int32 [B] -> mean and log sigma of z, [B, ...shape] each. */
  apply(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): NoiseDistribution;
  /** Number of problem classes that it knows. Default: any. */
  readonly problems?: number;
  /** "principal": its parameter `basis` [D, D], initially the identity, is set to the principal axes of the data. */
  readonly basis?: "entries" | "principal";
}

/** A conditional flow map, u(x_t, r, t | A^T y, c), which takes the observation as an input. */
export interface ConditionalNetwork extends Network {
  /** x, A^T y: [B, ...shape], r, t: [B], the problem's class c: int32 [B] -> the mean velocity, [B, ...shape]. */
  apply(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, aty: NDArray, problem: NDArray): NDArray;
  /** Number of problem classes that it knows. Default: any. */
  readonly problems?: number;
}

/** The networks of a model or a training run. */
export interface BoundNetworks {
  readonly flowMap?: FlowMapNetwork | undefined;
  readonly adapter?: AdapterNetwork | undefined;
  /** A baseline of the flow map with its adapter. */
  readonly conditional?: ConditionalNetwork | undefined;
  /** Frozen; the flow map learns its latents. */
  readonly autoencoder?: BoundAutoencoder | undefined;
}

/** The networks' parameters on the host, by network name. */
export type NetworkParameters = Readonly<Record<string, Tree<HostArray>>>;

/**
 * Parameters of every network. `draw` is called with the name of each network and the function that draws its initial
 * parameters.
 */
export function parametersOf(
  { flowMap, adapter, conditional, autoencoder }: BoundNetworks,
  draw: (name: string, network: Pick<Network, "initialise" | "config">) => Tree<HostArray>,
): NetworkParameters {
  return {
    ...(flowMap && { flowMap: draw("flowMap", flowMap) }),
    ...(adapter && { adapter: draw("adapter", adapter) }),
    ...(conditional && { conditional: draw("conditional", conditional) }),
    ...(autoencoder && { autoencoder: draw("autoencoder", autoencoder) }),
  };
}

/** The basis among an adapter's parameters, [D, D], if it has one. */
export function adapterBasis(parameters: Tree<HostArray> | undefined): HostArray | undefined {
  const { basis } = (parameters ?? {}) as { basis?: HostArray };
  return basis;
}

/** Shape of the samples of the flow map, or of the conditional flow map. */
export function sampleShapeOf({ flowMap, conditional }: BoundNetworks): number[] {
  return [...(flowMap ?? conditional ?? { shape: [] }).shape];
}
