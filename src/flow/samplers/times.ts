import { checkArgument, integerFrom, numberBetween, positiveNumber } from "../../options.js";
import { mul, type NDArray, ones } from "../../array/index.js";

/**
 * The times of a sampler, from noise to data: 1 = t_0 > t_1 > ... > t_steps = 0.
 *
 * They are uniform in s and shifted by t = shift s / (1 + (shift - 1) s) (Esser et al. 2024, "Scaling rectified flow
 * transformers", section 5.3.2). A shift above 1 takes more steps near the noise.
 *
 * @param steps number of intervals
 * @throws InputError if `steps` is not a positive integer or `shift` not a positive number
 * @example
 * timeGrid(4); // [1, 0.75, 0.5, 0.25, 0]
 */
export function timeGrid(steps: number, shift = 1): number[] {
  requireSteps(steps);
  checkArgument("timeGrid", "shift", shift, positiveNumber());
  return Array.from({ length: steps + 1 }, (_, k) => {
    // In floating point the formula may round its 1 down.
    if (k === 0) return 1;
    const s = (steps - k) / steps;
    return (shift * s) / (1 + (shift - 1) * s);
  });
}

/**
 * The times of a stochastic sampler: `steps` times uniform from 1 to `last`, then 0. The score is not defined at t = 0,
 * so the last interval is one step without noise (SiT, Ma et al. 2024, uses last = 0.04).
 *
 * @throws InputError if `steps` is not a positive integer, or `last` not between 0 and 1
 * @example
 * stochasticTimeGrid(3, 0.04); // [1, 0.52, 0.04, 0]
 */
export function stochasticTimeGrid(steps: number, last = 0.04): number[] {
  requireSteps(steps);
  checkArgument("stochasticTimeGrid", "last", last, numberBetween(0, 1));
  const uniform = Array.from({ length: steps }, (_, k) => (k === 0 ? 1 : 1 + (k * (last - 1)) / (steps - 1)));
  return [...uniform, 0];
}

/** A time for every sample of a batch, [B]. */
export function timesLike(x: NDArray, time: number): NDArray {
  return mul(ones([x.shape[0]]), time);
}

/** The steps [t, r] of a grid, in order. */
export function intervals(times: readonly number[]): [t: number, r: number][] {
  return times.slice(1).map((r, k) => [times[k], r]);
}

const mostSteps = 2 ** 24;

function requireSteps(steps: number): void {
  checkArgument("a grid of times", "steps", steps, integerFrom(1, mostSteps));
}
