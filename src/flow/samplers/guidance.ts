import { add, mul, type NDArray, sub } from "../../array/index.js";

/** How strongly and at which times a sampler is guided. */
export interface GuidanceSettings {
  /**
   * Guidance scale w: 1 is the network itself; larger values follow the label more closely. (The omega of
   * `ModelGuidance` is w - 1.)
   */
  scale: number;
  /** The times t from which a step is guided, both ends included. Default: all of [0, 1]. */
  interval?: readonly [low: number, high: number] | undefined;
}

/** Classifier-free guidance of a network that is conditioned on a label. */
export interface Guidance<Network> extends GuidanceSettings {
  /** The same network without the label. */
  unconditional: Network;
}

/** Whether the step that starts at `time` is guided, and so takes two evaluations. */
export function isGuided(guidance: GuidanceSettings | undefined, time: number): boolean {
  if (guidance === undefined || guidance.scale === 1) return false;
  const [low, high] = guidance.interval ?? [0, 1];
  return low <= time && time <= high;
}

/**
 * A network, u(x, r, t) or v(x, t), for the step that starts at `time`. Inside the guidance interval it is
 *
 *     u_null + scale (u_label - u_null)
 *
 * (Ho and Salimans 2022; the interval: Kynkaanniemi et al. 2024), at twice the evaluations; outside, the network
 * itself.
 */
export function guidedAt<Network extends (...inputs: NDArray[]) => NDArray>(
  network: Network,
  guidance: Guidance<Network> | undefined,
  time: number,
): Network {
  if (guidance === undefined || !isGuided(guidance, time)) return network;
  const guided = (...inputs: NDArray[]): NDArray => {
    const without = guidance.unconditional(...inputs);
    return add(without, mul(sub(network(...inputs), without), guidance.scale));
  };
  return guided as Network;
}
