import { describe, expect, it } from "vitest";
import { figuresOfImages, keptFigures } from "./image-figures.js";
import { type ImageScores } from "./image-scores.js";
import { intervalsOf, statisticOf } from "./statistics.js";

const scores = Array.from({ length: 100 }, (_, i): ImageScores => {
  const energy = { plain: 0, fair: i % 2 };
  return {
    crps: energy,
    // The images with CRPS 0 have nine times as many hidden pixels: the CRPS per pixel is 0.1, although the mean over
    // images is 0.5.
    crpsPixels: i % 2 === 0 ? 9 : 1,
    energy,
    coverage: { covered: i % 2 === 0 ? 0 : 1, pixels: i % 2 === 0 ? 1 : 3 },
    misfit: 1,
    psnrSample: Infinity,
    psnrMean: 20,
    ssimSample: 1,
    ssimMean: 1,
  };
});
const figures = keptFigures(figuresOfImages(scores));

describe("the figures of images", () => {
  it("are put together by pixel for CRPS and coverage, by image for the rest", () => {
    const all = scores.map((_, i) => i);
    expect(statisticOf(figures, "crps", all)).toBeCloseTo(0.1, 12);
    expect(statisticOf(figures, "coverage90", all)).toBeCloseTo(0.25, 12);
    expect(statisticOf(figures, "energy", all)).toBeCloseTo(0.5, 12);
    expect(statisticOf(figures, "crps", [1, 1, 1])).toBe(1);
    expect(statisticOf(figures, "psnrSample", all)).toBeNaN();
    expect(statisticOf(figures, "labelAgreement", all)).toBeNaN();
  });

  it("stay the same as JSON", () => {
    expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
  });
});

describe("the intervals of figures", () => {
  it("hold the CRPS where images hide different numbers of pixels, and the mean of what is one number an image", () => {
    const { crps, energy, psnrMean, coverage90, ...others } = intervalsOf(figures, 100, [], 3);
    expect(crps[0]).toBeLessThan(0.1);
    expect(crps[1]).toBeGreaterThan(0.1);
    expect(crps[1]).toBeLessThan(0.2);
    expect(energy[0]).toBeLessThan(0.5);
    expect(energy[0]).toBeGreaterThan(0.3);
    expect(energy[1]).toBeGreaterThan(0.5);
    expect(coverage90[0]).toBeLessThan(0.25);
    expect(coverage90[1]).toBeGreaterThan(0.25);
    expect(psnrMean).toEqual([20, 20]);
    // Infinite or unknown figures have no interval.
    expect(Object.keys(others).sort()).toEqual(["misfit", "ssimMean", "ssimSample"]);
  });

  it("are of the first images alone, if there are to be fewer", () => {
    expect(intervalsOf(figures, 1, [0], 3)).toEqual({});
  });
});
