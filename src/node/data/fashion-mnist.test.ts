import { beforeAll, describe, expect, it } from "vitest";
import { type Dataset } from "../../data/index.js";
import { fashionMnist, fashionMnistSplit, readClass } from "./fashion-mnist.js";
import { isFetched } from "./fetch/fetch-images.js";
import { loadImages } from "./load-images.js";

const pixels = 784;
const present = await isFetched("fashion-mnist", fashionMnist);

/** Label and sum of the bytes of every image, as in the official files. */
function keysOf({ images, labels, count }: Dataset): Set<string> {
  const keys = new Set<string>();
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = i * pixels; k < (i + 1) * pixels; k++) sum += (images[k] + 1) * 127.5;
    keys.add(`${(labels as Int32Array)[i]} ${Math.round(sum)}`);
  }
  return keys;
}

describe("Fashion-MNIST's package", () => {
  const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

  it("has a class's images in a file", () => {
    const images = [0, 1, 2].map((n) => Array.from({ length: pixels }, (_, k) => (97 * n + 31 * k) % 256));
    expect(readClass(text({ data: images }), "0.json").map((image) => [...image])).toEqual(images);
  });

  it("is refused if it is damaged", async () => {
    expect(() => readClass(text({ data: [[1, 2]] }).subarray(0, 12), "0.json")).toThrow(/^0.json is not a file/);
    expect(() => readClass(text({ data: [] }), "0.json")).toThrow(/^0.json is not a file/);
    await expect(fashionMnist.convert(new Map(), () => undefined)).rejects.toThrow(/no file src\/clothes\/0.json/);
    // The right number of images, one of them with a missing pixel; an image's split is decided by its place.
    const entries = new Map(
      Array.from({ length: 10 }, (_, label) => [`src/clothes/${label}.json`, text({ data: [[label, 2]] })]),
    );
    await expect(fashionMnist.convert(entries, () => undefined)).rejects.toThrow(/an image has 2 pixels/);
  });

  it("is split without overlap, every eleventh training image for validation", () => {
    const part = new Int32Array(55_167);
    const [train, validation] = [fashionMnistSplit(part, "train"), fashionMnistSplit(part, "validation")];
    expect([train.length, validation.length]).toEqual([50_167, 5000]);
    expect([...validation.subarray(0, 3), validation[4999]]).toEqual([0, 11, 22, 54_989]);
    expect(new Set([...train, ...validation]).size).toBe(55_167);
    expect([...fashionMnistSplit(new Int32Array(3), "test")]).toEqual([0, 1, 2]);
  });
});

describe.skipIf(!present)("Fashion-MNIST itself (skipped where vfm data fetch fashion-mnist has not been run)", () => {
  const config = { kind: "fashion-mnist" } as const;
  let validation: Dataset;
  let test: Dataset;
  beforeAll(async () => {
    validation = await loadImages(config, "validation");
    test = await loadImages(config, "test");
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
    // For the first eight images of t10k-images-idx3-ubyte; the package contains 92 % of the official images.
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
