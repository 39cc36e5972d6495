import { add, mul, type NDArray, sub } from "../../array/index.js";
import { anyValue, checkOptions } from "../../options.js";
import { checkedNetwork, checkFreshNoise, guidanceRule } from "../checks.js";
import { type Velocity } from "../interpolant.js";
import { type Guidance, guidedAt } from "./guidance.js";
import { intervals, stochasticTimeGrid, timesLike } from "./times.js";

/** Options of `integrateEulerMaruyama`. */
export interface EulerMaruyamaOptions {
  guidance?: Guidance<Velocity> | undefined;
  /** The time from which the last step goes to data without noise. Default: 0.04. */
  last?: number | undefined;
}

/**
 * Euler-Maruyama for the reverse diffusion with the flow's marginals (SiT, Ma et al. 2024, with the diffusion w(t)
 * = 2 t):
 *
 *     dx = (v - w/2 s) dt + sqrt(w) dW,   s(x, t) = -((1 - t) v + x) / t,
 *
 * where s is the score, so that the drift is v + (1 - t) v + x. The last step, from `last` to 0, has no noise.
 *
 * Weak order 1: the error of the samples' distribution falls as 1 / steps, down to what the last step leaves because it
 * has no noise; a smaller `last` leaves less. It takes noises.length + 1 evaluations, twice as many where guided.
 *
 * @param z noise, [B, ...]
 * @param noises standard normal noise of z's shape, one array for each step but the last
 * @returns data of z's shape
 * @throws InputError if an argument or an option is wrong
 * @example
 * const noises = Array.from({ length: 99 }, () => constant(random.normalArray(z.shape)));
 * const samples = integrateEulerMaruyama(field, z, noises); // 100 steps
 */
export function integrateEulerMaruyama(
  velocity: Velocity,
  z: NDArray,
  noises: readonly NDArray[],
  options: EulerMaruyamaOptions = {},
): NDArray {
  // `last` is checked where the times are made.
  checkOptions("integrateEulerMaruyama", options, { guidance: guidanceRule, last: anyValue });
  checkFreshNoise("integrateEulerMaruyama", z, noises);
  const { guidance, last } = options;
  const checked = checkedNetwork("integrateEulerMaruyama", "velocity", velocity);
  return intervals(stochasticTimeGrid(noises.length + 1, last)).reduce((x, [t, r], k) => {
    const v = guidedAt(checked, guidance, t)(x, timesLike(x, t));
    const drift = add(mul(v, 2 - t), x);
    const moved = sub(x, mul(drift, t - r));
    return k === noises.length ? moved : add(moved, mul(noises[k], Math.sqrt(2 * t * (t - r))));
  }, z);
}
