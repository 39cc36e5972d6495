import { add, div, maximum, mul, sub } from "./elementwise.js";
import { sumPerSample } from "./reduction.js";
import { perSample } from "./shaping.js";
import { checkArgument, integerFrom } from "../options.js";
import { checkTraced } from "./checks.js";
import { type NDArray } from "./ndarray.js";

/** Below this a denominator is taken for zero: the system is solved. */
const solved = 1e-30;

/** A system (A B + lambda I) g = b, sample by sample, A B symmetric and positive semi-definite. */
export interface DampedSystem {
  /** B: [N, ...shape of b] -> [N, ...]. */
  inner(g: NDArray): NDArray;
  /** A: what `inner` returns -> [N, ...shape of b]. */
  outer(image: NDArray): NDArray;
  /** lambda. */
  damping: number;
  /** About (A B + lambda I)^-1 up to a factor, symmetric and positive definite: the nearer, the fewer iterations. The identity if not given. */
  precondition?(r: NDArray): NDArray;
}

/**
 * Solves (A B + lambda I) g = b by conjugate gradients from g = 0 (Hestenes and Stiefel 1952), every sample of the batch by
 * itself. The error falls by (sqrt(k) - 1) / (sqrt(k) + 1) an iteration or faster, k the condition number.
 *
 * @param b [N, ...shape]
 * @returns B g, [N, ...]: the sum of what B made of the directions, so that it is not applied once more
 * @example
 * // (2 I + 0.01 I) g = y: the result is B g = 2 y / 2.01
 * const bg = conjugateGradients({ inner: (g) => mul(g, 2), outer: (h) => h, damping: 0.01 }, y, 16);
 */
export function conjugateGradients(
  { inner, outer, damping, precondition = (r) => r }: DampedSystem,
  b: NDArray,
  iterations: number,
): NDArray {
  checkTraced("conjugateGradients", "b", b);
  checkArgument("conjugateGradients", "iterations", iterations, integerFrom(0));
  let solution: NDArray | undefined;
  let residual = b;
  let direction = precondition(b);
  let squares = sumPerSample(mul(residual, direction));
  for (let k = 0; k < iterations; k++) {
    const within = inner(direction);
    const image = add(outer(within), mul(direction, damping));
    const length = div(squares, maximum(sumPerSample(mul(direction, image)), solved));
    const step = mul(within, perSample(length, within));
    solution = solution === undefined ? step : add(solution, step);
    residual = sub(residual, mul(image, perSample(length, b)));
    const steepest = precondition(residual);
    const next = sumPerSample(mul(residual, steepest));
    direction = add(steepest, mul(direction, perSample(div(next, maximum(squares, solved)), b)));
    squares = next;
  }
  return solution ?? mul(inner(b), 0);
}
