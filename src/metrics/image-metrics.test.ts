import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { misfit } from "./misfit.js";
import { meanSquaredError, psnr } from "./psnr.js";
import { ssim } from "./ssim.js";

const uniformImage = (size: number, seed: number): Float32Array =>
  randomSource(seed, "image")
    .uniformArray([size])
    .data.map((value) => 2 * value - 1) as Float32Array;

describe("psnr", () => {
  it("is 10 log10(4 / MSE) for images in [-1, 1]", () => {
    expect(meanSquaredError([0, 0.5], [0.1, 0.4])).toBeCloseTo(0.01, 12);
    expect(psnr([0, 0.5], [0.1, 0.4])).toBeCloseTo(10 * Math.log10(400), 9);
    expect(psnr([0, 0.5], [0.1, 0.4], 1)).toBeCloseTo(20, 9);
    expect(psnr([1, 2], [1, 2])).toBe(Infinity);
  });

  it("refuses images of two sizes", () => {
    expect(() => psnr([1, 2], [1])).toThrow(ShapeError);
  });
});

describe("ssim", () => {
  const image = { channels: 1, height: 28, width: 28 };

  it("is 1 for equal images and symmetric", () => {
    const [a, b] = [uniformImage(784, 1), uniformImage(784, 2)];
    expect(ssim(a, a, image)).toBeCloseTo(1, 12);
    expect(ssim(a, b, image)).toBeCloseTo(ssim(b, a, image), 12);
    expect(Math.abs(ssim(a, b, image))).toBeLessThan(0.1);
  });

  it("leaves the luminance term for constant images", () => {
    const [p, q, c1] = [0.5, -0.2, 0.02 ** 2];
    const value = ssim(new Float32Array(784).fill(p), new Float32Array(784).fill(q), image);
    expect(value).toBeCloseTo((2 * p * q + c1) / (p ** 2 + q ** 2 + c1), 5);
  });

  it("matches the weighted moments written out, where there is a single window", () => {
    const [a, b] = [uniformImage(121, 3), uniformImage(121, 4)].map((values) => Array.from(values));
    const weight = (i: number): number =>
      Math.exp(-((Math.floor(i / 11) - 5) ** 2 + ((i % 11) - 5) ** 2) / (2 * 1.5 ** 2));
    const total = a.reduce((sum, _, i) => sum + weight(i), 0);
    const expectation = (value: (i: number) => number): number =>
      a.reduce((sum, _, i) => sum + weight(i) * value(i), 0) / total;
    const [mA, mB] = [expectation((i) => a[i]), expectation((i) => b[i])];
    const vA = expectation((i) => (a[i] - mA) ** 2);
    const vB = expectation((i) => (b[i] - mB) ** 2);
    const cov = expectation((i) => (a[i] - mA) * (b[i] - mB));
    const [c1, c2] = [0.02 ** 2, 0.06 ** 2];
    const expected = ((2 * mA * mB + c1) * (2 * cov + c2)) / ((mA ** 2 + mB ** 2 + c1) * (vA + vB + c2));
    expect(ssim(a, b, { channels: 1, height: 11, width: 11 })).toBeCloseTo(expected, 9);
  });

  it("averages channels and shrinks its window for small images", () => {
    const [a, b] = [uniformImage(32, 5), uniformImage(32, 6)];
    const small = { channels: 1, height: 4, width: 4 };
    const first = ssim(a.subarray(0, 16), b.subarray(0, 16), small);
    const second = ssim(a.subarray(16), b.subarray(16), small);
    expect(ssim(a, b, { ...small, channels: 2 })).toBeCloseTo((first + second) / 2, 12);
    expect(Number.isFinite(ssim([0.5], [0.1], { channels: 1, height: 1, width: 1 }))).toBe(true);
  });

  it("refuses another size", () => {
    expect(() => ssim([1, 2], [1, 2], { channels: 1, height: 2, width: 2 })).toThrow(ShapeError);
  });
});

describe("misfit", () => {
  it("is 1 on average for the noise itself", () => {
    const random = randomSource(7, "misfit");
    const x = Float64Array.from({ length: 20_000 }, () => random.normal());
    const y = x.map((value) => value + 0.3 * random.normal());
    expect(Math.abs(misfit(y, x, 0.3, y.length) - 1)).toBeLessThan(0.03);
  });

  it("divides by the number of observed entries", () => {
    expect(misfit([1, 0, 0, 0], [0.5, 0, 0, 0], 0.5, 1)).toBe(1);
    expect(misfit([1, 0, 0, 0], [0.5, 0, 0, 0], 0.5, 2)).toBe(0.5);
  });
});
