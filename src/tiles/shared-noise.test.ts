import { describe, expect, it } from "vitest";
import { sharedNoise } from "./shared-noise.js";

const image = { height: 12, width: 20 };
const tile = [2, 8, 8];

describe("the noise that tiles share", () => {
  it.each([
    { drawn: ["posterior"], shape: [2, 8, 8], pixels: 1 },
    { drawn: ["fresh", 1], shape: [2, 8, 8], pixels: 1 },
    { drawn: ["residual"], shape: [128], pixels: 1 },
    { drawn: ["observation noise"], shape: [2, 2, 2], pixels: 4 },
  ])("$drawn is equal where two of them overlap", ({ drawn, shape, pixels }) => {
    const samples = 3;
    const [channels, height, width] = shape.length === 1 ? tile : shape;
    const [a, b] = [
      { top: 0, left: 4 },
      { top: 4, left: 8 },
    ];
    const { data } = sharedNoise(image, tile, samples, 7)
      .of([a, b])(...drawn)
      .normalArray([2 * samples, ...shape]);
    const at = (index: number, sample: number, channel: number, row: number, column: number): number =>
      data[(((index * samples + sample) * channels + channel) * height + row) * width + column];
    const seen = new Set<number>();
    const [down, right] = [(b.top - a.top) / pixels, (b.left - a.left) / pixels];
    for (let sample = 0; sample < samples; sample++)
      for (let channel = 0; channel < channels; channel++)
        for (let row = down; row < height; row++)
          for (let column = right; column < width; column++) {
            const value = at(0, sample, channel, row, column);
            expect(value).toBe(at(1, sample, channel, row - down, column - right));
            seen.add(value);
          }
    // Samples and channels have different numbers.
    expect(seen.size).toBe(samples * channels * (height - down) * (width - right));
  });

  it("does not depend on which tiles are asked for together, nor in how many rows at a time", () => {
    const [first, second] = [
      { top: 0, left: 0 },
      { top: 4, left: 12 },
    ];
    const noise = sharedNoise(image, tile, 2, 7);
    const together = noise
      .of([first, second])("posterior")
      .normalArray([4, ...tile]).data;
    const source = sharedNoise(image, tile, 2, 7).of([second])("posterior");
    const apart = [...source.normalArray([1, ...tile]).data, ...source.normalArray([1, ...tile]).data];
    expect(apart).toEqual([...together.subarray(together.length / 2)]);
  });

  it("is another for another seed and for another thing", () => {
    const of = (seed: number, name: string): number =>
      sharedNoise(image, tile, 1, seed)
        .of([{ top: 0, left: 0 }])(name)
        .normalArray([1, ...tile]).data[0];
    expect(new Set([of(1, "posterior"), of(2, "posterior"), of(1, "residual")]).size).toBe(3);
  });
});
