import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { coverage, coveredShare, uncertainPixels } from "./coverage.js";

/** Exchangeable truths and samples: both have their own noise around a centre that differs from pixel to pixel. */
function exactPosterior(n: number, pixels: number, spread: number, seed: number) {
  const random = randomSource(seed, "coverage", n);
  const samples = new Float32Array(n * pixels);
  const truth = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [centre, deviation] = [random.normal(), 0.2 * random.uniform()];
    truth[pixel] = centre + deviation * random.normal();
    for (let i = 0; i < n; i++) samples[i * pixels + pixel] = centre + spread * deviation * random.normal();
  }
  return { samples, truth };
}

describe("coveredShare", () => {
  const sixteen = Array.from({ length: 16 }, (_, i) => i);

  it("gives what is left of 90 % beyond the extreme samples to truths outside", () => {
    expect(coveredShare(sixteen, -1, 0.9)).toBeCloseTo(0.15, 12);
    expect(coveredShare(sixteen, 0.5, 0.9)).toBe(1);
    expect(coveredShare(sixteen, 14.5, 0.9)).toBe(1);
    expect(coveredShare(sixteen, 99, 0.9)).toBeCloseTo(0.15, 12);
  });

  it.each([1, 2, 5, 16, 19, 40, 100])("averages to the level over the ranks among %i samples", (n) => {
    const samples = Array.from({ length: n }, (_, i) => i);
    for (const level of [0.5, 0.8, 0.9, 0.95]) {
      const shares = Array.from({ length: n + 1 }, (_, rank) => coveredShare(samples, rank - 0.5, level));
      expect(shares.reduce((sum, share) => sum + share) / (n + 1)).toBeCloseTo(level, 12);
    }
  });

  it.each([
    [8, 0.837],
    [16, 0.79],
  ])("is nearer to the level than the interval is, with %i samples of 0.7 times the right deviation", (n, expected) => {
    const { normalArray } = randomSource(3, "narrow", n);
    const trials = 40_000;
    const { data } = normalArray([trials, n + 1]);
    let sum = 0;
    for (let trial = 0; trial < trials; trial++) {
      const [truth, ...samples] = data.subarray(trial * (n + 1), (trial + 1) * (n + 1));
      sum += coveredShare(
        samples.map((value) => 0.7 * value),
        truth,
        0.9,
      );
    }
    // The interval of infinitely many samples covers P(|N(0, 1)| < 0.7 * 1.645) = 0.75.
    expect(Math.abs(sum / trials - expected)).toBeLessThan(0.005);
  });

  it("cuts tails off symmetrically", () => {
    const samples = Array.from({ length: 40 }, (_, i) => i);
    for (let rank = 0; rank <= 40; rank++)
      expect(coveredShare(samples, rank - 0.5, 0.9)).toBeCloseTo(coveredShare(samples, 39.5 - rank, 0.9), 12);
    expect(coveredShare(samples, 0.5, 0.9)).toBe(0);
  });

  it("averages over the ranks that ties leave open", () => {
    expect(coveredShare([0, 0, 0, 0], 0, 0.9)).toBeCloseTo(0.9, 12);
    // Ranks 0 and 1 of 17 are possible: half of 0.15 and half of 1.
    expect(coveredShare(sixteen, 0, 0.9)).toBeCloseTo((0.15 + 1) / 2, 12);
  });
});

describe("coverage of uncertain pixels", () => {
  it.each([4, 16])("is 90 %% for exact posterior samples, %i of them", (n) => {
    const { samples, truth } = exactPosterior(n, 40_000, 1, 1);
    const chosen = uncertainPixels(samples, truth);
    const { covered, pixels } = coverage(samples, truth, chosen);
    expect(pixels).toBeGreaterThan(10_000);
    expect(pixels).toBeLessThan(30_000);
    expect(Math.abs(covered / pixels - 0.9)).toBeLessThan(0.01);
  });

  it("is far off for samples that spread too little or too much", () => {
    const shareFor = (spread: number): number => {
      const { samples, truth } = exactPosterior(16, 20_000, spread, 2);
      const { covered, pixels } = coverage(samples, truth, uncertainPixels(samples, truth));
      return covered / pixels;
    };
    expect(shareFor(0.4)).toBeLessThan(0.7);
    expect(shareFor(3)).toBeGreaterThan(0.97);
  });

  it("counts chosen pixels alone", () => {
    const samples = [0, 0, 1, 1, 2, 2];
    expect(coverage(samples, [1, 9], [1, 0], 0.4)).toEqual({ covered: coveredShare([0, 1, 2], 1, 0.4), pixels: 1 });
    expect(() => coverage(samples, [1, 9], [1])).toThrow(ShapeError);
  });
});

describe("uncertainPixels", () => {
  it("pools the truth with the samples", () => {
    // Pixel 0: all values equal. Pixel 1: certain and wrong. Pixel 2: a deviation exactly at the threshold is not above
    // it.
    expect(uncertainPixels([0, 0, 0, 0, 0, 0.5], [0, 1, 0.5], 0.25)).toEqual(Uint8Array.from([0, 1, 0]));
    expect(uncertainPixels([0, 0, 0, 0, 0, 0.5], [0, 1, 0.5], 0.235)).toEqual(Uint8Array.from([0, 1, 1]));
  });

  it("does not depend on which of the values is the truth", () => {
    const values = [0.1, -0.3, 0.2, 0.05];
    for (const threshold of [0.15, 0.2, 0.25]) {
      const chosen = values.map((truth, i) => uncertainPixels(values.toSpliced(i, 1), [truth], threshold)[0]);
      expect(new Set(chosen).size).toBe(1);
    }
  });
});
