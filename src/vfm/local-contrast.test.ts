import { describe, expect, it } from "vitest";
import { hostArray, hostFull, type NDArray, randomSource } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { contrastScales } from "../../test/support/contrast-scales.js";
import { evaluate } from "../../test/support/evaluate.js";
import { contrastScale } from "./local-contrast.js";
import { pixelScale } from "./residual-root.js";

describe("the residual's scale by the contrast around a pixel", () => {
  it.each([
    [[3, 6, 9], 0.5],
    [[3, 6, 9], 1],
    [[1, 8, 7], 2],
    // The window is longer than the image, and is reflected more than once.
    [[2, 1, 2], 1],
  ])("is that of plain loops, for images %j and texture %s", async (shape, texture) => {
    const images = hostArray(
      randomSource(1)
        .normalArray([2, ...shape])
        .data.map(Math.tanh),
      [2, ...shape],
    );
    const { data } = await evaluate((x: NDArray) => pixelScale(x, 0.5, texture), [images]);
    const size = data.length / 2;
    for (const image of [0, 1]) {
      const values = images.data.subarray(image * size, (image + 1) * size);
      contrastScales(values, shape, texture).forEach((scale, i) => {
        const wanted = scale * Math.sqrt(Math.max(1 - values[i] ** 2, 0.02));
        expect(data[image * size + i] / wanted).toBeCloseTo(1, 4);
      });
    }
  });

  it("is small and positive where an image is flat", async () => {
    const { data } = await evaluate((x: NDArray) => contrastScale(x, 1), [hostFull([1, 3, 8, 8], 0.9)]);
    for (const scale of data) expect(Math.abs(scale - 0.15)).toBeLessThan(1e-3);
  });

  it("is refused for samples that are no images", async () => {
    const samples = hostFull([4, 2], 0.5);
    await expect(evaluate((x: NDArray) => contrastScale(x, 1), [samples])).rejects.toThrow(ShapeError);
  });
});
