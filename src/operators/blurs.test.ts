import { describe, expect, it } from "vitest";
import { relativeError } from "../../test/support/compare.js";
import { applyOperator, backends, randomInputs, uneven } from "../../test/support/operators.js";
import { type HostArray, hostFull, randomSource } from "../array/index.js";
import { batchShape, imageShapeOf } from "../data/index.js";
import { gaussianBlur } from "./gaussian-blur.js";
import { identity } from "./identity.js";
import { motionBlur } from "./motion-blur.js";
import { superResolution } from "./super-resolution.js";

/** Correlation of reflect-padded images with a kernel for each sample, tap by tap. */
function correlateDirectly(x: HostArray, kernels: (sample: number) => Float32Array, taps: number): HostArray {
  const { channels, height, width } = imageShapeOf(x);
  const reflect = (i: number, length: number): number => (i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i);
  const data = new Float32Array(x.data.length);
  for (let plane = 0; plane < x.shape[0] * channels; plane++) {
    const kernel = kernels(Math.floor(plane / channels));
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let total = 0;
        for (let i = 0; i < taps; i++)
          for (let j = 0; j < taps; j++) {
            const from =
              reflect(row + i - (taps - 1) / 2, height) * width + reflect(column + j - (taps - 1) / 2, width);
            total += kernel[i * taps + j] * x.data[plane * height * width + from];
          }
        data[(plane * height + row) * width + column] = total;
      }
  }
  return { shape: x.shape, data };
}

describe("blurs", () => {
  // 35 taps reach from one border of 18 rows to the other.
  it.each(backends.flatMap((backend) => [7, 35].map((taps) => [taps, backend] as const)))(
    "motion blur correlates each sample with a kernel of its own, %i taps, on %s",
    async (taps, backend) => {
      const operator = motionBlur({ taps });
      const { x, y, parameters } = randomInputs(operator, uneven, 5, 3);
      const { forward } = await applyOperator(operator, x, y, parameters, backend);
      const size = taps * taps;
      const kernelOf = (i: number) => parameters.kernel.data.subarray(size * i, size * (i + 1)) as Float32Array;
      expect(relativeError(forward, correlateDirectly(x, kernelOf, taps))).toBeLessThan(2e-6);
    },
  );

  it("motion blur leaves an image of one row alone", async () => {
    const { x, y, parameters } = randomInputs(motionBlur(), { channels: 1, height: 1, width: 5 }, 6);
    const { forward } = await applyOperator(motionBlur(), x, y, parameters);
    expect(relativeError(forward, x)).toBeLessThan(2e-6);
  });

  it("Gaussian blur is the correlation with the sampled Gaussian, cut at four standard deviations", async () => {
    const operator = gaussianBlur({ std: 1.5 });
    const { x, y, parameters } = randomInputs(operator, uneven, 6);
    const { forward } = await applyOperator(operator, x, y, parameters);
    const axis = Array.from({ length: 13 }, (_, i) => Math.exp(-((i - 6) ** 2) / 4.5));
    const total = axis.reduce((a, b) => a + b) ** 2;
    const kernel = Float32Array.from({ length: 169 }, (_, i) => (axis[Math.floor(i / 13)] * axis[i % 13]) / total);
    expect(
      relativeError(
        forward,
        correlateDirectly(x, () => kernel, 13),
      ),
    ).toBeLessThan(2e-6);
  });

  it("Gaussian blur is two pixels wide at 28 pixels and three at 256", async () => {
    for (const [size, std] of [
      [28, 2],
      [256, 3],
    ]) {
      const image = { channels: 1, height: size, width: size };
      const { x, y } = randomInputs(identity(), image, 7, 1);
      const byDefault = await applyOperator(gaussianBlur(), x, y, {});
      expect(byDefault.forward).toEqual((await applyOperator(gaussianBlur({ std }), x, y, {})).forward);
    }
  });

  it.each([superResolution(), gaussianBlur(), motionBlur()])("$name keeps a constant image", async (operator) => {
    const { y, parameters } = randomInputs(operator, uneven, 8);
    const { forward } = await applyOperator(operator, hostFull(batchShape(2, uneven), 0.75), y, parameters);
    for (const value of forward.data) expect(value).toBeCloseTo(0.75, 5);
  });

  it("draws kernels of the declared side that sum to one, none negative, centred on their mass", () => {
    for (const [size, taps] of [
      [256, 61],
      [64, 17],
      [28, 9],
      [4, 3],
    ]) {
      const { kernel } = motionBlur().draw(50, [1, size, size], randomSource(size));
      expect(kernel.shape).toEqual([50, taps, taps]);
      for (let i = 0; i < 50; i++) {
        const values = kernel.data.subarray(i * taps * taps, (i + 1) * taps * taps);
        let [mass, rowMoment, columnMoment] = [0, 0, 0];
        values.forEach((value, j) => {
          mass += value;
          rowMoment += value * Math.floor(j / taps);
          columnMoment += value * (j % taps);
        });
        expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
        expect(mass).toBeCloseTo(1, 5);
        expect(rowMoment).toBeCloseTo((taps - 1) / 2, 3);
        expect(columnMoment).toBeCloseTo((taps - 1) / 2, 3);
      }
    }
  });

  it("draws straight lines without intensity, and bent ones with it", () => {
    // The smaller eigenvalue of the kernel's covariance: 0 for a line, apart from the spreading over neighbouring taps.
    const thickness = (intensity: number): number => {
      const { kernel } = motionBlur({ taps: 61, intensity }).draw(100, [1, 28, 28], randomSource(9));
      let total = 0;
      for (let i = 0; i < 100; i++) {
        let [xx, xy, yy] = [0, 0, 0];
        for (let j = 0; j < 61 * 61; j++) {
          const [weight, x, y] = [kernel.data[i * 61 * 61 + j], (j % 61) - 30, Math.floor(j / 61) - 30];
          [xx, xy, yy] = [xx + weight * x * x, xy + weight * x * y, yy + weight * y * y];
        }
        total += (xx + yy - Math.hypot(xx - yy, 2 * xy)) / 2;
      }
      return total / 100;
    };
    expect(thickness(0)).toBeLessThan(0.3);
    expect(thickness(0.5)).toBeGreaterThan(1);
  });
});
