import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { InputError } from "../errors.js";
import { axisTiles, axisWeights, tilesOf } from "./tiles.js";

const axes = fc
  .record({
    step: fc.integer({ min: 1, max: 5 }),
    steps: fc.integer({ min: 1, max: 12 }),
    more: fc.integer({ min: 0, max: 60 }),
    share: fc.double({ min: 0, max: 0.99, noNaN: true }),
  })
  .map(({ step, steps, more, share }) => {
    const tile = step * steps;
    return { length: tile + step * more, tile, step, overlap: Math.min(Math.floor(share * tile), tile - step) };
  });

describe("the tiles of an axis", () => {
  it("cover it, start on the grid, and overlap as wanted", () => {
    fc.assert(
      fc.property(axes, ({ length, tile, overlap, step }) => {
        const { starts } = axisTiles(length, tile, overlap, step);
        expect(starts[0]).toBe(0);
        expect(starts[starts.length - 1] + tile).toBe(length);
        for (const [i, start] of starts.entries()) {
          expect(start % step).toBe(0);
          if (i > 0) expect(starts[i - 1] + tile - start).toBeGreaterThanOrEqual(overlap);
        }
      }),
    );
  });

  it("are no more than needed", () => {
    expect(axisTiles(28, 28, 14, 1).starts).toEqual([0]);
    expect(axisTiles(56, 28, 0, 4).starts).toEqual([0, 28]);
    expect(axisTiles(56, 28, 14, 4).starts).toEqual([0, 8, 20, 28]);
  });

  it("have weights that are positive, sum to 1 at every pixel and change little from one to the next", () => {
    fc.assert(
      fc.property(axes, ({ length, tile, overlap, step }) => {
        const tiles = axisTiles(length, tile, overlap, step);
        const sums = new Float64Array(length);
        for (const [i, weights] of axisWeights(tiles).entries()) {
          expect(weights).toHaveLength(tile);
          weights.forEach((weight, at) => {
            expect(weight).toBeGreaterThan(0);
            sums[tiles.starts[i] + at] += weight;
          });
        }
        for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
      }),
    );
    const [first] = axisWeights(axisTiles(42, 28, 14, 1));
    // It is alone in its first half; then its weight decreases to zero, by at most pi / 14 for each pixel.
    expect(first.slice(0, 14)).toEqual(new Float64Array(14).fill(1));
    for (let i = 14; i < 28; i++) expect(first[i - 1] - first[i]).toBeLessThan(Math.PI / 14);
    expect(first[27]).toBeLessThan(0.01);
  });

  it("refuse an axis shorter than a tile, and an overlap without room for a step", () => {
    expect(() => axisTiles(20, 28, 14, 1)).toThrow(InputError);
    expect(() => axisTiles(56, 28, 26, 4)).toThrow(/choose at most 24/);
  });

  it("make up an image row by row", () => {
    const tiles = tilesOf(axisTiles(4, 4, 0, 1), axisTiles(8, 4, 0, 1));
    expect(tiles).toEqual([
      { top: 0, left: 0 },
      { top: 0, left: 4 },
    ]);
  });
});
