import { describe, expect, it } from "vitest";
import { evaluate } from "../../test/support/evaluate.js";
import { type Backend } from "../compile/index.js";
import { cosineTransform, hostArray, inverseCosineTransform, type NDArray, randomSource } from "./index.js";

describe.each(["jax", "onnx"] as const)("the cosine transform (%s)", (backend: Backend) => {
  const [channels, height, width] = [3, 4, 5];
  const shape = [2, channels, height, width];
  const x = randomSource(1).normalArray(shape);

  it("is the sum over cosines of half-integers, the columns' frequencies first", async () => {
    const { shape: found, data } = await evaluate(cosineTransform, [x], backend);
    expect(found).toEqual([2, width, channels * height]);
    const wave = (length: number, u: number, i: number): number =>
      Math.sqrt((u === 0 ? 1 : 2) / length) * Math.cos((Math.PI * u * (2 * i + 1)) / (2 * length));
    data.forEach((value, at) => {
      const [image, v, c, u] = [
        Math.floor(at / 60),
        Math.floor((at % 60) / 12),
        Math.floor((at % 12) / height),
        at % height,
      ];
      let sum = 0;
      for (let k = 0; k < channels; k++)
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++)
            sum +=
              x.data[((image * channels + k) * height + i) * width + j] *
              wave(channels, c, k) *
              wave(height, u, i) *
              wave(width, v, j);
      expect(value).toBeCloseTo(sum, 4);
    });
  });

  it("comes back", async () => {
    const back = (image: NDArray): NDArray => inverseCosineTransform(cosineTransform(image), [channels, height, width]);
    const { data } = await evaluate(back, [hostArray(x.data, shape)], backend);
    data.forEach((value, i) => expect(value).toBeCloseTo(x.data[i], 4));
  });
});
