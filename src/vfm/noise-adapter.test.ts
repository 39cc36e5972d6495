import { describe, expect, it } from "vitest";
import { hostArray, hostFull, hostZeros, type NDArray, randomSource, sub } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { relativeError } from "../../test/support/compare.js";
import { evaluate } from "../../test/support/evaluate.js";
import { drawNoise, klToStandardNormal, logDensity } from "./noise-adapter.js";

const random = randomSource(3);

describe("the noise adapter's distribution", () => {
  const shape = [2, 3];
  const mean = hostArray([0.5, -1, 2, 0, 0, 0], shape);
  const logSigma = hostArray([-1, 0.3, 0, 0, 0, 0], shape);

  it("draws mu + sigma eps", async () => {
    const eps = random.normalArray(shape);
    const z = await evaluate(
      (m: NDArray, l: NDArray, e: NDArray) => drawNoise({ mean: m, logSigma: l }, e),
      [mean, logSigma, eps],
    );
    const expected = eps.data.map((e, i) => mean.data[i] + Math.exp(logSigma.data[i]) * e);
    expect(relativeError(z, hostArray(expected, shape))).toBeLessThan(1e-6);
  });

  it("refuses an adapter whose result would be broadcast", async () => {
    const draw = evaluate(
      (m: NDArray, e: NDArray) => drawNoise({ mean: m, logSigma: m }, e),
      [hostZeros([2, 1]), hostZeros(shape)],
    );
    await expect(draw).rejects.toThrow(ShapeError);
  });

  it("has the log density of independent normal entries", async () => {
    const z = random.normalArray(shape);
    const values = await evaluate(
      (m: NDArray, l: NDArray, at: NDArray) => logDensity({ mean: m, logSigma: l }, at),
      [mean, logSigma, z],
    );
    const expected = [0, 1].map((sample) =>
      [0, 1, 2].reduce((sum, entry) => {
        const i = sample * 3 + entry;
        const sigma = Math.exp(logSigma.data[i]);
        const density = Math.exp(-(((z.data[i] - mean.data[i]) / sigma) ** 2) / 2) / (sigma * Math.sqrt(2 * Math.PI));
        return sum + Math.log(density);
      }, 0),
    );
    expect(relativeError(values, hostArray(expected, [2]))).toBeLessThan(1e-5);
  });

  it("is a Gaussian of full covariance R^T diag(sigma^2) R along the rows of a basis R", async () => {
    // A rotation in the plane; the inverse and the determinant of the covariance are computed by hand.
    const [cosine, sine] = [Math.cos(0.7), Math.sin(0.7)];
    const basis = hostArray([cosine, sine, -sine, cosine], [2, 2]);
    const [first, second] = [1.3 ** 2, 0.4 ** 2];
    const covariance = [
      [cosine ** 2 * first + sine ** 2 * second, cosine * sine * (first - second)],
      [cosine * sine * (first - second), sine ** 2 * first + cosine ** 2 * second],
    ];
    const determinant = covariance[0][0] * covariance[1][1] - covariance[0][1] ** 2;
    const centre = [cosine * 0.5 - sine * -1, sine * 0.5 + cosine * -1];
    const draws = 20_000;
    const repeat = (row: number[]) =>
      hostArray(
        Float32Array.from({ length: 2 * draws }, (_, i) => row[i % 2]),
        [draws, 2],
      );
    const [z, density] = await evaluate(
      (mu: NDArray, l: NDArray, e: NDArray, axes: NDArray): [NDArray, NDArray] => {
        const q = { mean: mu, logSigma: l, basis: axes };
        const drawn = drawNoise(q, e);
        return [drawn, logDensity(q, drawn)];
      },
      [repeat([0.5, -1]), repeat([Math.log(1.3), Math.log(0.4)]), random.normalArray([draws, 2]), basis],
    );
    const off = (i: number, axis: number): number => z.data[2 * i + axis] - centre[axis];
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [1, 1],
    ]) {
      const products = Array.from({ length: draws }, (_, i) => off(i, a) * off(i, b));
      expect(Math.abs(products.reduce((sum, value) => sum + value, 0) / draws - covariance[a][b])).toBeLessThan(0.06);
    }
    for (const i of [0, 1, 2]) {
      const [p, q] = [off(i, 0), off(i, 1)];
      const form = (covariance[1][1] * p * p - 2 * covariance[0][1] * p * q + covariance[0][0] * q * q) / determinant;
      expect(density.data[i]).toBeCloseTo(-form / 2 - Math.log(2 * Math.PI * Math.sqrt(determinant)), 4);
    }
  });

  it("has a divergence from N(0, I) that is the mean of log q - log N(0, I) over its draws", async () => {
    const draws = 40_000;
    const rows = (row: number, from: typeof mean) =>
      hostArray(
        Float32Array.from({ length: draws * 3 }, (_, i) => from.data[row * 3 + (i % 3)]),
        [draws, 3],
      );
    const [ratios, sums, means] = await evaluate(
      (m: NDArray, l: NDArray, e: NDArray, zero: NDArray): [NDArray, NDArray, NDArray] => {
        const q = { mean: m, logSigma: l };
        const z = drawNoise(q, e);
        const ratio = sub(logDensity(q, z), logDensity({ mean: zero, logSigma: zero }, z));
        return [ratio, klToStandardNormal(q, "sum"), klToStandardNormal(q, "mean")];
      },
      [rows(0, mean), rows(0, logSigma), random.normalArray([draws, 3]), hostZeros([draws, 3])],
    );
    const estimate = [...ratios.data].reduce((sum, value) => sum + value, 0) / draws;
    expect(Math.abs(sums.data[0] - estimate)).toBeLessThan(0.05);
    expect(means.data[0]).toBeCloseTo(sums.data[0] / 3, 5);
  });

  it("has no divergence where it is N(0, I)", async () => {
    const kl = await evaluate(
      (zero: NDArray) => klToStandardNormal({ mean: zero, logSigma: zero }, "sum"),
      [hostFull([4, 3], 0)],
    );
    expect([...kl.data]).toEqual([0, 0, 0, 0]);
  });
});
