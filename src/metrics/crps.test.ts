import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { crps, energyScore, meanCrps } from "./crps.js";

const normalDensity = (z: number): number => Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);

/** CRPS of N(m, s^2) at x (Gneiting and Raftery 2007, equation 21); `cumulative` = Phi((x - m) / s). */
const gaussianCrps = (s: number, z: number, cumulative: number): number =>
  s * (z * (2 * cumulative - 1) + 2 * normalDensity(z) - 1 / Math.sqrt(Math.PI));

describe("crps", () => {
  it.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-2, 0.022750131948179195],
  ])("tends to the closed form of a Gaussian at z = %f", (z, cumulative) => {
    const [m, s] = [0.3, 0.7];
    const random = randomSource(1, "crps", z);
    const samples = Float64Array.from({ length: 200_000 }, () => m + s * random.normal());
    const score = crps(samples, m + s * z);
    expect(score.plain).toBeCloseTo(gaussianCrps(s, z, cumulative), 2);
    expect(score.fair).toBeCloseTo(gaussianCrps(s, z, cumulative), 2);
  });

  it("is unbiased in its fair form and too high by E|X - X'| / 2n in its plain form", () => {
    const random = randomSource(2, "crps bias");
    const [n, trials] = [4, 40_000];
    let [plain, fair] = [0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const score = crps(
        Float64Array.from({ length: n }, () => random.normal()),
        1,
      );
      plain += score.plain / trials;
      fair += score.fair / trials;
    }
    const exact = gaussianCrps(1, 1, 0.8413447460685429);
    expect(Math.abs(fair - exact)).toBeLessThan(0.01);
    expect(Math.abs(plain - exact - 2 / Math.sqrt(Math.PI) / (2 * n))).toBeLessThan(0.01);
  });

  it("equals the double sum of its definition", () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 20 }), number, (samples, truth) => {
        const n = samples.length;
        const toTruth = samples.reduce((sum, x) => sum + Math.abs(x - truth), 0) / n;
        const pairs = samples.flatMap((a) => samples.map((b) => Math.abs(a - b))).reduce((sum, x) => sum + x, 0);
        const score = crps(samples, truth);
        expect(score.plain).toBeCloseTo(toTruth - pairs / (2 * n * n), 9);
        expect(score.fair).toBeCloseTo(toTruth - pairs / (2 * n * (n - 1)), 9);
      }),
    );
  });

  it("sorts numbers as numbers and leaves its argument alone", () => {
    const samples = [10, 9, -1];
    expect(crps(samples, 9).plain).toBeCloseTo(11 / 3 - 22 / 9, 12);
    expect(samples).toEqual([10, 9, -1]);
  });

  it("needs two samples", () => {
    expect(() => crps([1], 1)).toThrow(ShapeError);
  });
});

describe("meanCrps", () => {
  const samples = Float32Array.from([0, 5, 2, 1, 7, 4]);
  const truth = Float32Array.from([1, 6, 3]);

  it("averages over all pixels", () => {
    const each = [crps([0, 1], 1), crps([5, 7], 6), crps([2, 4], 3)];
    expect(meanCrps(samples, truth).plain).toBeCloseTo(each.reduce((sum, { plain }) => sum + plain, 0) / 3, 12);
    expect(meanCrps(samples, truth).fair).toBeCloseTo(each.reduce((sum, { fair }) => sum + fair, 0) / 3, 12);
  });

  it("looks at the chosen pixels alone", () => {
    expect(meanCrps(samples, truth, [0, 1, 0])).toEqual(crps([5, 7], 6));
  });

  it("refuses an empty choice and samples of another size", () => {
    expect(() => meanCrps(samples, truth, [0, 0, 0])).toThrow("no pixel is chosen");
    expect(() => meanCrps(samples, [1, 2, 3, 4])).toThrow(ShapeError);
  });
});

describe("energyScore", () => {
  it("is the CRPS in one dimension", () => {
    const samples = [0.3, -1.2, 2.5, 0.9];
    expect(energyScore(samples, [0.4]).plain).toBeCloseTo(crps(samples, 0.4).plain, 12);
    expect(energyScore(samples, [0.4]).fair).toBeCloseTo(crps(samples, 0.4).fair, 12);
  });

  it("uses Euclidean norms", () => {
    expect(energyScore([3, 4, 0, 0], [0, 0])).toEqual({ plain: 5 / 2 - 5 / 4, fair: 0 });
  });
});
