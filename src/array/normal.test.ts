import { describe, expect, it } from "vitest";
import { randomSource } from "./random.js";

const count = 400_000;
const sample = randomSource(3, "ziggurat").normalArray([count]).data;

describe("normal numbers", () => {
  // P(x < edge) of N(0, 1), from tables; the edges lie in the body, in the wedges and beyond the last layer.
  it.each([
    [-3.6, 0.00015910859],
    [-3, 0.001349898],
    [-2, 0.0227501319],
    [-1, 0.1586552539],
    [-0.25, 0.4012936743],
    [0, 0.5],
    [0.5, 0.6914624613],
    [1.5, 0.9331927987],
    [2.5, 0.9937903347],
    [3.6, 0.9998408914],
  ])("lie below %f with the right probability", (edge, probability) => {
    const share = sample.filter((x) => x < edge).length / count;
    const deviation = Math.sqrt((probability * (1 - probability)) / count);
    expect(Math.abs(share - probability)).toBeLessThan(4.5 * deviation);
  });

  it("are unrelated to their neighbours, in size and in square", () => {
    for (const of of [(x: number) => x, (x: number) => x * x - 1]) {
      let product = 0;
      let squares = 0;
      for (let i = 1; i < count; i++) {
        product += of(sample[i]) * of(sample[i - 1]);
        squares += of(sample[i]) ** 2;
      }
      expect(Math.abs(product / squares)).toBeLessThan(4.5 / Math.sqrt(count));
    }
  });
});
