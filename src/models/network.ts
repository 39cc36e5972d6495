import { type HostArray, type NDArray, type RandomSource, type Tree } from "../array/index.js";
import { type BoundAutoencoder } from "./autoencoder.js";
import { type DiagonalGaussian } from "./adapter.js";

/** What a network's configuration says: plain JSON by which a checkpoint names the network again. */
export type NetworkConfig = Readonly<Record<string, unknown>>;

/** A network apart from its parameters. One's own is an object literal of this form. */
interface Network {
  /** Shape of one sample: of x for a flow map, of the noise for an adapter. */
  readonly shape: readonly number[];
  /** The first parameters, drawn from `random`: a tree of host arrays. */
  initialise(random: RandomSource): Tree<HostArray>;
  /** What names it in a checkpoint; without one, who loads the checkpoint gives the network again. */
  readonly config?: NetworkConfig;
}

/** A flow map u(x_t, r, t): the mean velocity from time t to r. */
export interface FlowMapNetwork extends Network {
  /** x: [B, ...shape], r, t: [B], labels: int32 [B] if it knows classes -> the mean velocity, [B, ...shape]. */
  apply(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, labels?: NDArray): NDArray;
  /** How many labels it knows; none if not given. */
  readonly classes?: number;
}

/** A noise adapter q(z | y, c). */
export interface AdapterNetwork extends Network {
  /** A^T y: [B, ...], the problem's class c: int32 [B] -> mean and log sigma of z, [B, ...shape] each. */
  apply(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): DiagonalGaussian;
  /** How many problem classes it knows; any if not given. */
  readonly problems?: number;
  /** "principal": its parameter `basis` [D, D], the identity at first, becomes the principal axes of the data. */
  readonly basis?: "entries" | "principal";
}

/** A flow map that sees the observation, u(x_t, r, t | A^T y, c). */
export interface ConditionalNetwork extends Network {
  /** x, A^T y: [B, ...shape], r, t: [B], the problem's class c: int32 [B] -> the mean velocity, [B, ...shape]. */
  apply(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, aty: NDArray, problem: NDArray): NDArray;
  /** How many problem classes it knows; any if not given. */
  readonly problems?: number;
}

/** The networks of a model or a training run. */
export interface BoundNetworks {
  readonly flowMap?: FlowMapNetwork | undefined;
  readonly adapter?: AdapterNetwork | undefined;
  /** A baseline of the other two. */
  readonly conditional?: ConditionalNetwork | undefined;
  /** Frozen: its latents are what the flow map learns. */
  readonly autoencoder?: BoundAutoencoder | undefined;
}

/** The parameters of networks on the host, by the networks' names. */
export type NetworkParameters = Readonly<Record<string, Tree<HostArray>>>;

/** Parameters of every network: `draw` is given each one's name and what makes its first parameters. */
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

/** Shape of the samples of the flow map, or of the conditional one. */
export function sampleShapeOf({ flowMap, conditional }: BoundNetworks): number[] {
  return [...(flowMap ?? conditional ?? { shape: [] }).shape];
}
