import { less, where } from "./comparison.js";
import { add, div, mul, sub } from "./elementwise.js";
import { sumPerSample } from "./reduction.js";
import { perSample } from "./shaping.js";
import { checkArgument, integerFrom } from "../options.js";
import { checkTraced } from "./checks.js";
import { type NDArray } from "./ndarray.js";

/** A denominator below this counts as zero: the system is solved. Its square is not yet zero in float32. */
const solved = 1e-18;

/** A system (A B + lambda I) g = b for each sample, with A B symmetric and positive semi-definite. */
export interface DampedSystem {
  /** B: [N, ...shape of b] -> [N, ...]. */
  inner(g: NDArray): NDArray;
  /** A: the result of `inner` -> [N, ...shape of b]. */
  outer(image: NDArray): NDArray;
  /** lambda. */
  damping: number;
  /**
   * An approximation of (A B + lambda I)^-1 up to a factor, symmetric and positive definite; the closer it is, the
   * fewer iterations are needed. Default: the identity.
   */
  precondition?: ((r: NDArray) => NDArray) | undefined;
}

/**
 * Solves (A B + lambda I) g = b by conjugate gradients from g = 0 (Hestenes and Stiefel 1952), independently for every
 * sample of the batch. After n iterations the error is at most 2 ((sqrt(k) - 1) / (sqrt(k) + 1))^n times the first one,
 * in the energy norm, where k is the condition number.
 *
 * @param b [N, ...shape]
 * @returns B g, [N, ...], accumulated from B applied to the search directions, so that B need not be applied again
 * @throws InputError if b is no array, or `iterations` is not a non-negative integer
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
    const length = ratio(squares, sumPerSample(mul(direction, image)));
    const step = mul(within, perSample(length, within));
    solution = solution === undefined ? step : add(solution, step);
    residual = sub(residual, mul(image, perSample(length, b)));
    const steepest = precondition(residual);
    const next = sumPerSample(mul(residual, steepest));
    direction = add(steepest, mul(direction, perSample(ratio(next, squares), b)));
    squares = next;
  }
  return solution ?? mul(inner(b), 0);
}

/** a / b, or 0 where the system is solved; its gradient is finite there too. */
function ratio(a: NDArray, b: NDArray): NDArray {
  const isSolved = less(b, solved);
  return where(isSolved, 0, div(a, where(isSolved, 1, b)));
}
