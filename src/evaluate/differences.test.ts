import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { differenceBetween, differencesOf, type MethodFigures } from "./differences.js";
import { type ImageFigures } from "./image-figures.js";

/** A method with these CRPS of its images, which have equal numbers of pixels unless the numbers are given. */
function method(name: string, crps: number[], crpsPixels = crps.map(() => 1)): MethodFigures {
  const zeros = crps.map(() => 0);
  const figures: ImageFigures = {
    crps,
    crpsPixels,
    energy: crps,
    covered: zeros,
    uncertainPixels: zeros,
    misfit: zeros,
    psnrSample: zeros,
    psnrMean: zeros,
    ssimSample: zeros,
    ssimMean: zeros,
    labelAgreement: [],
  };
  return { cell: { dataset: "mnist", problem: "denoise", method: name }, figures };
}

const images = 400;
const { normal } = randomSource(4, "differences");
const common = Array.from({ length: images }, () => 3 * normal());
const withNoise = (shift: number): number[] => common.map((value) => value + shift + 0.1 * normal());

describe("differences", () => {
  it("have the paired interval, not that of two means: what images have in common drops out", () => {
    const [one, other] = [withNoise(0.05), withNoise(0)];
    const [{ crps, ...rest }] = differencesOf([method("one", one), method("other", other)], 7);
    const each = one.map((value, i) => value - other[i]);
    const mean = each.reduce((sum, value) => sum + value, 0) / images;
    const deviation = Math.sqrt(each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / images);
    // The normal approximation of the mean of 400 differences.
    const half = (1.96 * deviation) / Math.sqrt(images);
    expect(crps[0]).toBeCloseTo(mean, 4);
    expect(Math.abs(crps[1] - (mean - half))).toBeLessThan(0.15 * half);
    expect(Math.abs(crps[2] - (mean + half))).toBeLessThan(0.15 * half);
    // Unpaired, the interval of means with standard deviation 3 would be twenty times as wide.
    expect(crps[1]).toBeGreaterThan(0);
    expect(rest).toMatchObject({ method: "one", against: "other", images, coverage90: null, labelAgreement: null });
  });

  it("weigh pixels as the CRPS does", () => {
    const [{ crps }] = differencesOf([method("one", [1, 0], [1, 3]), method("other", [0, 0], [1, 3])], 7);
    expect(crps[0]).toBe(0.25);
  });

  it("are of every two methods of a problem, on the images that both were run on", () => {
    const methods = [method("a", [1, 1, 9]), method("b", [0, 0, 0]), method("c", [0, 0])];
    const other = { ...method("d", [5]), cell: { dataset: "mnist", problem: "inpaint-box", method: "d" } };
    const found = differencesOf([...methods, other], 7);
    expect(found.map(({ method: of, against, images: count }) => [of, against, count])).toEqual([
      ["a", "b", 3],
      ["a", "c", 2],
      ["b", "c", 2],
    ]);
    expect(found[0].crps[0]).toBeCloseTo(11 / 3, 3);
    expect(found[1].crps).toEqual([1, 1, 1]);
    expect(differencesOf([...methods, other], 7)).toEqual(found);
  });

  it("compare coverage with the number of samples that all methods have, on the images that all have", () => {
    const covering = (name: string, covered: number[], sharedCoverage?: MethodFigures["sharedCoverage"]) => {
      const { cell, figures } = method(
        name,
        covered.map(() => 0),
      );
      const uncertainPixels = covered.map(() => 10);
      return { cell, figures: { ...figures, covered, uncertainPixels }, sharedCoverage };
    };
    const shared = { covered: [9, 9], uncertainPixels: [10, 10] };
    const found = differencesOf(
      [covering("a", [5, 5, 5], shared), covering("b", [2, 2, 2], shared), covering("c", [8, 8])],
      7,
    );
    expect(found.map(({ coverage90 }) => coverage90?.[0])).toEqual([0.3, 0.1, 0.1]);
  });

  it("are found whichever way round they are kept", () => {
    const found = differencesOf([method("a", [1, 2, 3]), method("b", [0, 0, 0])], 7);
    const place = { dataset: "mnist", problem: "denoise" };
    const [value, low, high] = found[0].crps;
    expect(differenceBetween(found, { ...place, method: "a" }, "b", "crps")).toEqual([value, low, high]);
    expect(differenceBetween(found, { ...place, method: "b" }, "a", "crps")).toEqual([-value, -high, -low]);
    expect(differenceBetween(found, { ...place, method: "a" }, "c", "crps")).toBeUndefined();
    expect(differenceBetween(found, { ...place, method: "a" }, "b", "coverage90")).toBeUndefined();
  });
});
