import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { type HostArray, hostArray, matmul, type NDArray, randomSource, reshape } from "../array/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { contrastScales } from "../../test/support/contrast-scales.js";
import { updateOnObservation } from "./observation-update.js";
import { pixelScale } from "./residual-root.js";

describe("the update on an observation", () => {
  // x = f + V^T diag(scales) w in the plane, y = x1 + x2 / 2 + sigma noise.
  const [angle, scales, sigma] = [0.6, [1.5, 0.4], 0.3];
  const axes = [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle)];
  const [f, y, a] = [[0.7, -0.2], 1.9, [1, 0.5]];
  const count = 40_000;

  it.each([
    [0, 0],
    [0.5, 0],
    [1, 0],
    [0.5, 1],
  ])("draws from the Gaussian that the observation leaves, saturation %s, texture %s", async (saturation, texture) => {
    const random = randomSource(2);
    const updated = await evaluate(
      (...[x, observed, w, eps, rest, first, deviation, operator]: NDArray[]): NDArray =>
        updateOnObservation(
          x,
          { y: observed, forward: (image) => matmul(reshape(image, [count, 2]), operator), sigma },
          { scales: rest, leading: { axes: first, scales: deviation }, saturation, texture },
          { residual: w, observation: eps },
        ),
      [
        hostArray(
          Float32Array.from({ length: 2 * count }, (_, i) => f[i % 2]),
          [count, 1, 1, 2],
        ),
        hostArray(new Float32Array(count).fill(y), [count, 1]),
        random.normalArray([count, 2]),
        random.normalArray([count, 1]),
        hostArray([scales[1]], [1]),
        hostArray(axes.slice(0, 2), [1, 2]),
        hostArray([scales[0]], [1]),
        hostArray(a, [2, 1]),
      ] as HostArray[],
    );
    // Closed form: covariance C = D V^T diag(scales^2) V D, gain K = C a / (a C a + sigma^2).
    const contrast = contrastScales(f, [1, 1, 2], texture);
    const pixels = f.map((value, i) => (1 - value ** 2) ** saturation * contrast[i]);
    const rows = Matrix.from1DArray(2, 2, axes).mmul(Matrix.diag(pixels));
    const prior = rows
      .transpose()
      .mmul(Matrix.diag(scales.map((scale) => scale ** 2)))
      .mmul(rows);
    const operator = Matrix.columnVector(a);
    const through = prior.mmul(operator);
    const total = operator.transpose().mmul(through).get(0, 0) + sigma ** 2;
    const innovation = y - (f[0] * a[0] + f[1] * a[1]);
    const covariance = Matrix.sub(prior, through.mmul(through.transpose()).div(total));
    const samples = Matrix.from1DArray(count, 2, Array.from(updated.data));
    const means = samples.mean("column");
    means.forEach((mean, i) =>
      expect(Math.abs(mean - (f[i] + (through.get(i, 0) * innovation) / total))).toBeLessThan(0.01),
    );
    const centred = samples.center("column");
    const found = centred.transpose().mmul(centred).div(count);
    expect(Matrix.sub(found, covariance).abs().max()).toBeLessThan(0.01);
  });

  it("leaves a black or white pixel a little room", async () => {
    const { data } = await evaluate((x: NDArray) => pixelScale(x, 0.5), [hostArray([-1, 1, 1.2, 0, 0.6], [5])]);
    [Math.sqrt(0.02), Math.sqrt(0.02), Math.sqrt(0.02), 1, 0.8].forEach((value, i) =>
      expect(data[i]).toBeCloseTo(value, 5),
    );
  });
});
