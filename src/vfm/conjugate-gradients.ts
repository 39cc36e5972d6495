import { add, div, mul, type NDArray, reshape, sub, sumPerSample } from "../array/index.js";

// Keeps 0 / 0 of a sample that is solved already at 0.
const tiny = 1e-12;

/**
 * Solves B g = r for each sample by conjugate gradients, `iterations` of them from g = 0, where B is symmetric and positive.
 *
 * @param apply B, [N, ...shape] -> [N, ...shape], sample by sample
 * @param right r, [N, ...shape]
 * @returns g, [N, ...shape]
 */
export function conjugateGradients(apply: (g: NDArray) => NDArray, right: NDArray, iterations: number): NDArray {
  const { shape } = right;
  const dot = (a: NDArray, b: NDArray): NDArray =>
    reshape(sumPerSample(mul(a, b)), [shape[0], ...shape.slice(1).map(() => 1)]);
  let [solution, residual, direction] = [mul(right, 0), right, right];
  let norm = dot(residual, residual);
  for (let i = 0; i < iterations; i++) {
    const image = apply(direction);
    const length = div(norm, add(dot(direction, image), tiny));
    solution = add(solution, mul(length, direction));
    residual = sub(residual, mul(length, image));
    const next = dot(residual, residual);
    direction = add(residual, mul(div(next, add(norm, tiny)), direction));
    norm = next;
  }
  return solution;
}
