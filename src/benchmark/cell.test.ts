import { describe, expect, it } from "vitest";
import { type ImageScores } from "../evaluate/index.js";
import { intervalsOf } from "./cell.js";

describe("the intervals of a cell", () => {
  it("hold the CRPS where images hide different numbers of pixels, and the mean of what is one number an image", () => {
    const scores = Array.from({ length: 100 }, (_, i): ImageScores => {
      const energy = { plain: 0, fair: i % 2 };
      return {
        crps: energy,
        // The images that are right hide nine times as many pixels: 0.1 a pixel, although the images' mean is 0.5.
        crpsPixels: i % 2 === 0 ? 9 : 1,
        energy,
        coverage: { covered: 0, pixels: 0 },
        misfit: 1,
        psnrSample: Infinity,
        psnrMean: 20,
        ssimSample: 1,
        ssimMean: 1,
      };
    });
    const { crps, energy, psnrMean, ...others } = intervalsOf(scores, [], 3);
    expect(crps[0]).toBeLessThan(0.1);
    expect(crps[1]).toBeGreaterThan(0.1);
    expect(crps[1]).toBeLessThan(0.2);
    expect(energy[0]).toBeLessThan(0.5);
    expect(energy[0]).toBeGreaterThan(0.3);
    expect(energy[1]).toBeGreaterThan(0.5);
    expect(psnrMean).toEqual([20, 20]);
    // What is infinite or unknown has none.
    expect(Object.keys(others).sort()).toEqual(["misfit", "ssimMean"]);
  });
});
