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
    // 0.5 and -0.2 of [-1, 1] are 0.75 and 0.4 of [0, 1].
    const [p, q, c1] = [0.75, 0.4, 0.01 ** 2];
    const value = ssim(new Float32Array(784).fill(0.5), new Float32Array(784).fill(-0.2), image);
    expect(value).toBeCloseTo((2 * p * q + c1) / (p ** 2 + q ** 2 + c1), 5);
  });

  it("finds greys on both sides of 0 alike", () => {
    expect(ssim(new Float32Array(784).fill(-0.1), new Float32Array(784).fill(0.1), image)).toBeCloseTo(
      0.4951 / 0.5051,
      5,
    );
  });

  it("does not depend on the units of the values", () => {
    const [a, b] = [uniformImage(784, 8), uniformImage(784, 9)];
    const bytes = (values: Float32Array): Float64Array => Float64Array.from(values, (value) => 127.5 * (value + 1));
    expect(ssim(bytes(a), bytes(b), image, { low: 0, high: 255 })).toBeCloseTo(ssim(a, b, image), 6);
    expect(() => ssim(a, b, image, { low: 1, high: 1 })).toThrow("low below high");
  });

  it("matches the weighted moments written out, where there is a single window", () => {
    const images = [uniformImage(121, 3), uniformImage(121, 4)];
    const [a, b] = images.map((values) => Array.from(values, (value) => (value + 1) / 2));
    const weight = (i: number): number =>
      Math.exp(-((Math.floor(i / 11) - 5) ** 2 + ((i % 11) - 5) ** 2) / (2 * 1.5 ** 2));
    const total = a.reduce((sum, _, i) => sum + weight(i), 0);
    const expectation = (value: (i: number) => number): number =>
      a.reduce((sum, _, i) => sum + weight(i) * value(i), 0) / total;
    const [mA, mB] = [expectation((i) => a[i]), expectation((i) => b[i])];
    const vA = expectation((i) => (a[i] - mA) ** 2);
    const vB = expectation((i) => (b[i] - mB) ** 2);
    const cov = expectation((i) => (a[i] - mA) * (b[i] - mB));
    const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
    const expected = ((2 * mA * mB + c1) * (2 * cov + c2)) / ((mA ** 2 + mB ** 2 + c1) * (vA + vB + c2));
    expect(ssim(images[0], images[1], { channels: 1, height: 11, width: 11 })).toBeCloseTo(expected, 9);
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
