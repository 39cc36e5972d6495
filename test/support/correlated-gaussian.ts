import { type HostArray, concatenate, mul, type NDArray, sliceAxis, sub, add } from "../../src/array/index.js";
import { gaussianNoise, masking, problem, type Problem } from "../../src/operators/index.js";
import { gaussianMeanVelocity } from "./gaussian-flow.js";

/** A Gaussian in the plane: x = mean + R diag(deviations) n with the rotation R by `angle`, as images of two pixels. */
export interface PlaneGaussian {
  mean: readonly [number, number];
  deviations: readonly [number, number];
  angle: number;
}

export type Vector = [number, number];
/** A symmetric matrix: [0, 0], [0, 1], [1, 1]. */
export type Symmetric = [number, number, number];

export const twoPixels = [1, 1, 2];

/** The covariance matrix. */
export function covarianceOf({ deviations: [a, b], angle }: PlaneGaussian): Symmetric {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [a * a * c * c + b * b * s * s, (a * a - b * b) * c * s, a * a * s * s + b * b * c * c];
}

/** The exact mean velocity, x: [B, 1, 1, 2]: the two axes of the ellipse flow by themselves. */
export function planeMeanVelocity({ mean, deviations, angle }: PlaneGaussian) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const means = [c * mean[0] + s * mean[1], -s * mean[0] + c * mean[1]];
  return (x: NDArray, r: NDArray, t: NDArray): NDArray => {
    const [x1, x2] = [sliceAxis(x, 3, 0, 1), sliceAxis(x, 3, 1, 2)];
    const along = gaussianMeanVelocity(means[0], deviations[0])(add(mul(x1, c), mul(x2, s)), r, t);
    const across = gaussianMeanVelocity(means[1], deviations[1])(sub(mul(x2, c), mul(x1, s)), r, t);
    return concatenate([sub(mul(along, c), mul(across, s)), add(mul(along, s), mul(across, c))], 3);
  };
}

/** y = x_1 + sigma eps: the second pixel is dropped. */
export function firstPixel(sigma: number): Problem {
  const operator = masking("first-pixel", (mask) => (mask[1] = 0));
  return problem("first-pixel", gaussianNoise(operator, sigma));
}

/** The exact posterior of x given y = x_1 + sigma eps. */
export function planePosterior(
  prior: PlaneGaussian,
  y: number,
  sigma: number,
): { mean: Vector; covariance: Symmetric } {
  const [c11, c12, c22] = covarianceOf(prior);
  const gain = [c11 / (c11 + sigma ** 2), c12 / (c11 + sigma ** 2)];
  const { mean } = prior;
  return {
    mean: [mean[0] + gain[0] * (y - mean[0]), mean[1] + gain[1] * (y - mean[0])],
    covariance: [c11 - gain[0] * c11, c12 - gain[0] * c12, c22 - gain[1] * c12],
  };
}

/** Mean and covariance of points. data: [n, 2]. */
export function momentsOf({ data }: HostArray): { mean: Vector; covariance: Symmetric } {
  const n = data.length / 2;
  const mean: Vector = [0, 0];
  for (let i = 0; i < n; i++) for (const k of [0, 1]) mean[k] += data[2 * i + k] / n;
  const covariance: Symmetric = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [data[2 * i] - mean[0], data[2 * i + 1] - mean[1]];
    [a * a, a * b, b * b].forEach((product, k) => (covariance[k] += product / n));
  }
  return { mean, covariance };
}
