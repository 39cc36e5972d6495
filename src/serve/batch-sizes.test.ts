import { describe, expect, it } from "vitest";
import { batchSizes, divideIntoBatches, drawnSamples } from "./batch-sizes.js";

describe("the sizes of batches", () => {
  it("are powers of two of samples, and powers of four of observations within the rows", () => {
    expect([1, 2, 3, 5, 16, 17, 64].map(drawnSamples)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(batchSizes(16, 64)).toEqual([4, 1]);
    expect(batchSizes(1, 64)).toEqual([64, 16, 4, 1]);
    expect(batchSizes(64, 16)).toEqual([1]);
  });

  it("hold every observation, and no more than half of a batch is filled up", () => {
    const sizes = [16, 4, 1];
    for (let count = 0; count <= 40; count++) {
      const batches = divideIntoBatches(count, sizes);
      const room = batches.reduce((sum, size) => sum + size, 0);
      expect(room).toBeGreaterThanOrEqual(count);
      expect(room).toBeLessThanOrEqual(2 * count);
      expect(room - (batches.at(-1) ?? 0)).toBeLessThanOrEqual(count);
    }
    expect(divideIntoBatches(5, sizes)).toEqual([4, 1]);
    expect(divideIntoBatches(3, sizes)).toEqual([4]);
    expect(divideIntoBatches(9, sizes)).toEqual([16]);
  });
});
