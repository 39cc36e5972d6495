import { beforeAll, describe, expect, it } from "vitest";
import { type Dataset } from "./dataset.js";
import { loadFashionMnist } from "./fashion-mnist.js";

const pixels = 784;

/** Label and sum of the bytes of every image, as the official files have them. */
function keysOf({ images, labels, count }: Dataset): Set<string> {
  const keys = new Set<string>();
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = i * pixels; k < (i + 1) * pixels; k++) sum += (images[k] + 1) * 127.5;
    keys.add(`${(labels as Int32Array)[i]} ${Math.round(sum)}`);
  }
  return keys;
}

describe("Fashion-MNIST", () => {
  let validation: Dataset;
  let test: Dataset;
  beforeAll(async () => {
    validation = await loadFashionMnist("validation");
    test = await loadFashionMnist("test");
  });

  it("has parts of the counts that it says, with about a tenth of each class", () => {
    expect([validation.count, test.count]).toEqual([5000, 9176]);
    for (const { labels, count } of [validation, test])
      for (let label = 0; label < 10; label++) {
        const share = (labels as Int32Array).filter((value) => value === label).length / count;
        expect(Math.abs(share - 0.1)).toBeLessThan(0.005);
      }
  });

  it("tests with images of the official test split, and does not tune with them", () => {
    // Of the first eight of t10k-images-idx3-ubyte; the package holds 92 % of the official images.
    const official = ["9 33456", "2 100994", "1 51520", "1 35377", "6 62655", "1 50259", "4 28111", "6 47766"];
    const found = [test, validation].map((part) => {
      const keys = keysOf(part);
      return official.filter((key) => keys.has(key)).length;
    });
    expect(found).toEqual([6, 0]);
  });

  it("gives whole images with values in [-1, 1]", () => {
    let [low, high] = [0, 0];
    for (const value of validation.images) [low, high] = [Math.min(low, value), Math.max(high, value)];
    expect([low, high]).toEqual([-1, 1]);
  });
});
