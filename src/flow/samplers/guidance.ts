import { add, mul, type NDArray, sub } from "../../array/index.js";

/** A network at any times: a mean velocity u(x, r, t) or a velocity v(x, t). */
type Network = (...inputs: NDArray[]) => NDArray;

/** Classifier-free guidance of a network that is conditioned on a label. */
export interface Guidance<N> {
  /** The same network without the label. */
  unconditional: N;
  /** omega: 1 is the network itself, more follows the label more. */
  scale: number;
  /** The times t from which a step is guided, both ends included; all of [0, 1] if not given. */
  interval?: readonly [low: number, high: number];
}

/**
 * A network for the step that starts at `time`: inside the guidance interval
 *
 *     u_null + scale (u_label - u_null)
 *
 * (Ho and Salimans 2022; the interval: Kynkaanniemi et al. 2024), twice the evaluations; else the network itself.
 */
export function guidedAt<N extends Network>(network: N, guidance: Guidance<N> | undefined, time: number): N {
  if (guidance === undefined || guidance.scale === 1) return network;
  const { unconditional, scale, interval: [low, high] = [0, 1] } = guidance;
  if (time < low || time > high) return network;
  const guided = (...inputs: NDArray[]): NDArray => {
    const without = unconditional(...inputs);
    return add(without, mul(sub(network(...inputs), without), scale));
  };
  return guided as N;
}
