import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticCifar10, syntheticLabel, syntheticValue } from "../../../test/support/synthetic-cifar10.js";
import { cifar10 } from "./cifar10.js";
import { type Dataset, withMirrorImages } from "../../data/index.js";
import { isFetched, keepImages } from "./fetch/fetch-images.js";
import { loadImages, openTrainingImages } from "./load-images.js";

const config = { kind: "cifar10", flips: true } as const;
const present = await isFetched("cifar10", cifar10);
const bytesOf = ({ images }: Dataset): number[] => Array.from(images, (value) => Math.round((value + 1) * 127.5));

describe("CIFAR-10, from a small package of the same layout", () => {
  const before = process.env.VFM_DATA;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cifar10-"));
    process.env.VFM_DATA = folder;
    await keepImages("cifar10", cifar10, await syntheticCifar10());
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.VFM_DATA;
    else process.env.VFM_DATA = before;
    await rm(folder, { recursive: true });
  });

  it("gives channels first, in [-1, 1], each image with its class", async () => {
    // Of ten images of each class, the last is for validation: images 90 to 99.
    const validation = await loadImages(config, "validation");
    expect(validation).toMatchObject({ count: 10, shape: { channels: 3, height: 32, width: 32 } });
    expect([...(validation.labels ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const expected = (part: "train" | "test", images: number[]): number[] =>
      images.flatMap((image) =>
        Array.from({ length: 3072 }, (_, k) => syntheticValue(part, image, Math.floor(k / 1024), k % 1024)),
      );
    expect(bytesOf(validation)).toEqual(expected("train", [90, 91, 92, 93, 94, 95, 96, 97, 98, 99]));
    // Image 18 of the test split is the first that nearly repeats a training image.
    const test = await loadImages(config, "test");
    const left = Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 18);
    expect(bytesOf(test)).toEqual(expected("test", left));
    expect([...(test.labels ?? [])]).toEqual(left.map(syntheticLabel));
    expect(test.labelNames?.[9]).toBe("truck");
  });

  it("mirrors copies of what a source may keep", async () => {
    const kept = { shape: [1, 1, 1, 2], data: Float32Array.of(1, 2) };
    const shape = { channels: 1, height: 1, width: 2 } as const;
    const both = withMirrorImages({ count: 1, shape, take: () => kept });
    for (let i = 0; i < 2; i++) expect([...(await both.take(Int32Array.of(1))).data]).toEqual([2, 1]);
  });

  it("trains on images and their mirror images, unless flips are off", async () => {
    const train = await loadImages(config, "train");
    const plain = await openTrainingImages({ ...config, flips: false });
    const both = await openTrainingImages(config);
    expect([train.count, plain.count, both.count]).toEqual([90, 90, 180]);
    expect([...(both.labels ?? [])]).toEqual([...(train.labels ?? []), ...(train.labels ?? [])]);
    const original = await plain.take(Int32Array.of(7, 3));
    expect(original.data).toEqual(
      Float32Array.of(...train.images.subarray(7 * 3072, 8 * 3072), ...train.images.subarray(3 * 3072, 4 * 3072)),
    );
    const drawn = await both.take(Int32Array.of(7, 93));
    expect(drawn.shape).toEqual([2, 3, 32, 32]);
    for (let k = 0; k < 3072; k++) {
      expect(drawn.data[k]).toBe(original.data[k]);
      const mirrored = k - (k % 32) + 31 - (k % 32);
      expect(drawn.data[3072 + k]).toBe(original.data[3072 + mirrored]);
    }
  });

  it("refuses a package of another layout", async () => {
    const entries = await syntheticCifar10();
    const without = new Map([...entries].filter(([name]) => name !== "data_batch_3.png"));
    await expect(cifar10.convert(without, () => undefined)).rejects.toThrow(/no file data_batch_3.png/);
    entries.set("train_lables.json", Buffer.from("[1,2,3]"));
    await expect(cifar10.convert(entries, () => undefined)).rejects.toThrow(/not CIFAR-10/);
  });
});

describe.skipIf(!present)("CIFAR-10 itself (skipped where vfm data fetch cifar10 has not been run)", () => {
  let parts: Record<"train" | "validation" | "test", Dataset>;
  beforeAll(async () => {
    const [train, validation, test] = await Promise.all(
      (["train", "validation", "test"] as const).map((split) => loadImages(config, split)),
    );
    parts = { train, validation, test };
  });

  it("has the splits that it says, all classes alike", () => {
    expect([parts.train.count, parts.validation.count, parts.test.count]).toEqual([45_000, 5000, 9648]);
    for (let label = 0; label < 10; label++) {
      const count = ({ labels = new Int32Array() }: Dataset): number => labels.filter((l) => l === label).length;
      expect([count(parts.train), count(parts.validation)]).toEqual([4500, 500]);
    }
    // The first labels of the official training and test files.
    expect([...(parts.train.labels ?? []).slice(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...(parts.test.labels ?? []).slice(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
  });

  it("has the training images' known mean in each channel", () => {
    const sums = [0, 0, 0];
    for (const { count, images } of [parts.train, parts.validation])
      for (let plane = 0; plane < 3 * count; plane++)
        for (let k = plane * 1024; k < (plane + 1) * 1024; k++) sums[plane % 3] += (images[k] + 1) * 127.5;
    // 0.4914, 0.4822 and 0.4465 on [0, 1], as CIFAR-10's users know them.
    const means = sums.map((sum) => sum / (50_000 * 1024));
    [125.31, 122.95, 113.87].forEach((mean, channel) => expect(Math.abs(means[channel] - mean)).toBeLessThan(0.01));
  });
});
