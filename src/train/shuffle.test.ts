import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shuffledBatches } from "./shuffle.js";

describe("shuffledBatches", () => {
  it("goes through every index once an epoch", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 15 }), (count, batchSize) => {
        const batch = shuffledBatches(count, batchSize, 5, "data");
        const stream = Array.from({ length: count }, (_, step) => [...batch(step)]).flat();
        for (let epoch = 0; epoch < batchSize; epoch++) {
          const seen = stream.slice(epoch * count, (epoch + 1) * count);
          expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("gives each epoch an order of its own", () => {
    const epoch = shuffledBatches(50, 50, 5, "data");
    expect(epoch(0)).not.toEqual(epoch(1));
    expect(epoch(1)).not.toEqual(epoch(2));
  });

  it("gives the same batch to a stream that starts later", () => {
    const whole = shuffledBatches(50, 16, 5, "data");
    const earlier = Array.from({ length: 9 }, (_, step) => whole(step));
    expect(shuffledBatches(50, 16, 5, "data")(8)).toEqual(earlier[8]);
    expect(shuffledBatches(50, 16, 6, "data")(8)).not.toEqual(earlier[8]);
    expect(shuffledBatches(50, 16, 5, "other")(8)).not.toEqual(earlier[8]);
  });
});
