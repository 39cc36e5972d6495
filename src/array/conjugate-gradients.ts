import { add, div, maximum, mul, square, sub } from "./elementwise.js";
import { sumPerSample } from "./reduction.js";
import { perSample } from "./shaping.js";
import { type NDArray } from "./ndarray.js";

/** Below this a denominator is taken for zero: the system is solved. */
const solved = 1e-30;

/**
 * Solves B g = b by conjugate gradients from g = 0 (Hestenes and Stiefel 1952), every sample of the batch by itself, where B is
 * symmetric and positive definite. The error falls by (sqrt(k) - 1) / (sqrt(k) + 1) an iteration or faster, k the condition
 * number of B.
 *
 * @param apply B, sample by sample: [N, ...shape] -> [N, ...shape]
 * @param b [N, ...shape]
 * @returns g, [N, ...shape]
 */
export function conjugateGradients(apply: (g: NDArray) => NDArray, b: NDArray, iterations: number): NDArray {
  let solution = mul(b, 0);
  let residual = b;
  let direction = b;
  let squares = sumPerSample(square(residual));
  for (let k = 0; k < iterations; k++) {
    const image = apply(direction);
    const length = div(squares, maximum(sumPerSample(mul(direction, image)), solved));
    solution = add(solution, mul(direction, perSample(length, b)));
    residual = sub(residual, mul(image, perSample(length, b)));
    const next = sumPerSample(square(residual));
    direction = add(residual, mul(direction, perSample(div(next, maximum(squares, solved)), b)));
    squares = next;
  }
  return solution;
}
