import { add, mul, type NDArray } from "../../array/index.js";
import { checkOptions } from "../../options.js";
import { checkedNetwork, checkNoise } from "../checks.js";
import { type Velocity } from "../interpolant.js";
import { guidedAt } from "./guidance.js";
import { type SamplerOptions, samplerRules } from "./options.js";
import { intervals, timeGrid, timesLike } from "./times.js";

/**
 * Euler's method for the flow dx/dt = v(x, t) from noise (t = 1) to data (t = 0): x_r = x_t - (t - r) v(x_t, t).
 *
 * Order 1: the error falls as 1 / steps. It takes `steps` evaluations, twice as many where guided.
 *
 * @param z noise, [B, ...]
 * @returns data of z's shape
 * @throws InputError if an argument or an option is wrong
 * @example
 * const samples = integrateEuler(field, z, 100);
 */
export function integrateEuler(
  velocity: Velocity,
  z: NDArray,
  steps: number,
  options: SamplerOptions<Velocity> = {},
): NDArray {
  checkOptions("integrateEuler", options, samplerRules);
  checkNoise("integrateEuler", z);
  const { shift, guidance } = options;
  const checked = checkedNetwork("integrateEuler", "velocity", velocity);
  return intervals(timeGrid(steps, shift)).reduce(
    (x, [t, r]) => add(x, mul(guidedAt(checked, guidance, t)(x, timesLike(x, t)), r - t)),
    z,
  );
}
