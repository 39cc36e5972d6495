import { describe, expect, it } from "vitest";
import { loadMnist } from "./mnist.js";

// Counts of the digits 0 to 9 in the official test split, as MNIST's users know them.
const testCounts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
// Counts of the official training split, which `train` and `validation` divide.
const trainingCounts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];

const countsOf = (...labels: Int32Array[]): number[] =>
  testCounts.map((_, digit) => labels.reduce((sum, part) => sum + part.filter((label) => label === digit).length, 0));

describe("MNIST", () => {
  it("has the official test split", async () => {
    const { count, shape, images, labels = new Int32Array() } = await loadMnist("test");
    expect(count).toBe(10_000);
    expect(shape).toEqual({ channels: 1, height: 28, width: 28 });
    expect(images).toHaveLength(10_000 * 784);
    expect(countsOf(labels)).toEqual(testCounts);
    expect([...labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    // 0.1325 is the test split's known mean on [0, 1].
    const mean = images.reduce((sum, value) => sum + value, 0) / images.length;
    expect((mean + 1) / 2).toBeCloseTo(0.1325, 3);
    expect(images.every((value) => value >= -1 && value <= 1)).toBe(true);
  });

  it("keeps the last 5,000 of the training images for validation", async () => {
    const [train, validation] = await Promise.all([loadMnist("train"), loadMnist("validation")]);
    expect([train.count, validation.count]).toEqual([55_000, 5_000]);
    expect(validation.images).toHaveLength(5_000 * 784);
    expect([...(train.labels ?? []).slice(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(countsOf(train.labels ?? new Int32Array(), validation.labels ?? new Int32Array())).toEqual(trainingCounts);
  });
});
