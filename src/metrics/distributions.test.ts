import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { bootstrapInterval, meanInterval, percentileInterval } from "./bootstrap.js";
import { frechetDistance, gaussianFit, type GaussianFit } from "./frechet.js";
import { medianBandwidth, squaredMmd } from "./mmd.js";
import { nlpd } from "./nlpd.js";
import { supportAccuracy } from "./support.js";

const normals = (count: number, size: number, seed: number, shift = 0): Float64Array => {
  const random = randomSource(seed, "normals");
  return Float64Array.from({ length: count * size }, () => shift + random.normal());
};

describe("gaussianFit", () => {
  it("is the sample mean and covariance", () => {
    const fit = gaussianFit([0, 0, 2, 4, 4, 2], 2);
    expect(Array.from(fit.mean)).toEqual([2, 2]);
    expect(Array.from(fit.covariance)).toEqual([4, 2, 2, 4]);
    expect(() => gaussianFit([1, 2], 2)).toThrow(ShapeError);
  });
});

describe("frechetDistance", () => {
  const gaussian = (mean: number[], covariance: number[]): GaussianFit => ({
    size: mean.length,
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance),
  });

  it("of diagonal Gaussians is the squared distance of means and of deviations", () => {
    const [a, b] = [gaussian([1, 2], [4, 0, 0, 9]), gaussian([0, 4], [1, 0, 0, 25])];
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 4 + 1 + 4, 10);
  });

  it("of two-dimensional Gaussians whose covariances do not commute has a closed form", () => {
    const [p, q] = [
      [2, 0.9, 0.9, 1],
      [1, -0.5, -0.5, 3],
    ];
    // tr (C1 C2)^1/2 = sqrt(tr(C1 C2) + 2 sqrt(det(C1 C2))) for 2 x 2 matrices.
    const trace = p[0] * q[0] + 2 * p[1] * q[1] + p[3] * q[3];
    const determinant = (p[0] * p[3] - p[1] ** 2) * (q[0] * q[3] - q[1] ** 2);
    const expected = p[0] + p[3] + q[0] + q[3] - 2 * Math.sqrt(trace + 2 * Math.sqrt(determinant));
    expect(frechetDistance(gaussian([0, 0], p), gaussian([0, 0], q))).toBeCloseTo(expected, 10);
  });

  it("is zero for equal Gaussians, singular ones too, and symmetric", () => {
    const a = gaussianFit(normals(5, 8, 1), 8);
    const b = gaussianFit(normals(50, 8, 2, 0.3), 8);
    expect(frechetDistance(a, a)).toBeLessThan(1e-10);
    expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 6);
    expect(() => frechetDistance(a, gaussianFit(normals(5, 4, 1), 4))).toThrow(ShapeError);
  });
});

describe("squaredMmd", () => {
  it("of two Gaussians tends to its closed form", () => {
    const [size, bandwidth, shift] = [2, 0.8, 0.7];
    const value = squaredMmd(normals(1500, size, 1), normals(1500, size, 2, shift), size, bandwidth);
    const width = bandwidth ** 2 + 2;
    const expected = 2 * (bandwidth ** 2 / width) ** (size / 2) * (1 - Math.exp(-(size * shift ** 2) / (2 * width)));
    expect(Math.abs(value - expected)).toBeLessThan(0.01);
  });

  it("is unbiased: of samples of one law it averages to zero", () => {
    const values = Array.from({ length: 200 }, (_, i) =>
      squaredMmd(normals(8, 1, 2 * i), normals(8, 1, 2 * i + 1), 1, 1),
    );
    expect(Math.abs(values.reduce((sum, value) => sum + value) / 200)).toBeLessThan(0.01);
    expect(Math.min(...values)).toBeLessThan(0);
  });

  it("takes the lower of the two middle distances", () => {
    // Distances from 0 to 1, 2, 3, 4: the lower middle one is 2.
    expect(medianBandwidth([0], [1, 2, 3, 4], 1)).toBe(2);
    expect(medianBandwidth([0], [1, 2, 3], 1)).toBe(2);
    expect(() => squaredMmd([0], [1, 2], 1)).toThrow(ShapeError);
  });
});

describe("nlpd", () => {
  it("of one sample is the Gaussian's negative log density", () => {
    expect(nlpd([1, 2], [1.5, 2], 0.5)).toBeCloseTo(0.5 + Math.log(2 * Math.PI * 0.25), 12);
  });

  it("averages densities, not their logarithms, and stays finite far from every sample", () => {
    const density = (z: number): number => Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
    expect(nlpd([0], [0, 2], 1)).toBeCloseTo(-Math.log((density(0) + density(2)) / 2), 12);
    expect(nlpd([0], [100, 1000], 1)).toBeCloseTo(5000 + Math.log(2) + Math.log(2 * Math.PI) / 2, 8);
  });
});

describe("supportAccuracy", () => {
  it("is the share of points inside", () => {
    expect(supportAccuracy([0, 0, 1, 1, 2, 0, 3, 3], (a, b) => a === b)).toBe(0.75);
  });
});

describe("bootstrapInterval", () => {
  it("of a mean has about the width of the central limit theorem", () => {
    const values = normals(400, 1, 3);
    const { value, low, high } = meanInterval(values, { uniform: randomSource(1, "bootstrap").uniform });
    expect(value).toBeCloseTo(values.reduce((sum, x) => sum + x) / 400, 12);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(Math.abs(high - low - 2 * 1.96 * 0.05)).toBeLessThan(0.03);
  });

  it("keeps items paired and narrows with the level", () => {
    const values = normals(50, 1, 4, 3);
    const ratio = (items: Int32Array): number => {
      const total = items.reduce((sum, i) => sum + values[i], 0);
      return (2 * total) / total;
    };
    const source = { uniform: randomSource(2, "bootstrap").uniform };
    expect(bootstrapInterval(50, ratio, source)).toEqual({ value: 2, low: 2, high: 2 });
    const width = (level: number): number => {
      const { low, high } = meanInterval(values, { uniform: randomSource(3, "bootstrap").uniform, level });
      return high - low;
    };
    expect(width(0.5)).toBeLessThan(width(0.95));
    expect(() => meanInterval([], source)).toThrow(ShapeError);
  });
});

describe("percentileInterval", () => {
  it("leaves the same share outside at each end", () => {
    expect(percentileInterval([3, 1, 2, 5, 4], 0.5)).toEqual([2, 4]);
  });

  it("counts NaN as the largest value", () => {
    expect(percentileInterval([NaN, 1, 2], 0.9)).toEqual([1, NaN]);
  });
});
