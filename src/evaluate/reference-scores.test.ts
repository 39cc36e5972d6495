import { expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { cutSamples, mmdOfImages } from "./reference-scores.js";

it("samples are cut along their own axis, image by image", () => {
  const samples = hostArray([1, 2, 3, 4, 5, 6], [2, 3, 1]);
  const [first, rest] = cutSamples(samples, 2);
  expect(first).toEqual(hostArray([1, 2, 4, 5], [2, 2, 1]));
  expect(rest).toEqual(hostArray([3, 6], [2, 1, 1]));
});

it("the MMD of an image is that of its own samples, with the bandwidth of the reference", () => {
  // The reference's halves are 0, 0 and 2, 2: all distances between them are 2, the bandwidth.
  const reference = hostArray([0, 0, 2, 2, 5, 5, 7, 7], [2, 4, 1]);
  const samples = hostArray([0, 2, 5, 5], [2, 2, 1]);
  const kernel = (distance: number): number => Math.exp(-(distance ** 2) / (2 * 2 ** 2));
  const [k0, k2] = [kernel(0), kernel(2)];
  // Unbiased: pairs of different samples, of different references, and of a sample with a reference.
  const ofReference = (2 * 2 * k0 + 2 * 4 * k2) / 12;
  const between = (k0 + k2) / 2;
  const found = mmdOfImages(samples, reference);
  expect(found[0]).toBeCloseTo(k2 + ofReference - 2 * between, 6);
  expect(found[1]).toBeCloseTo(k0 + ofReference - 2 * between, 6);
  expect(mmdOfImages(samples, hostArray([1, 1, 1, 1, 5, 5, 7, 7], [2, 4, 1]))).toHaveLength(1);
});
