import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { hostFull } from "../../array/index.js";
import { type Dataset } from "../../data/index.js";
import { InputError } from "../../errors.js";
import { readImage, writePng } from "./image-file.js";
import { loadImageFolder } from "./image-folder.js";
import { imageDataSchemas, loadImages, openTrainingImages } from "./load-images.js";
import { loadMnist } from "./mnist.js";
import { type Split, splitOf } from "./split.js";

const splits: readonly Split[] = ["train", "validation", "test"];
const schema = z.discriminatedUnion("kind", imageDataSchemas);

describe("splitOf", () => {
  it("puts a tenth each aside for validation and test", () => {
    const found = Array.from({ length: 5000 }, (_, i) => splitOf(`cat/${i}.png`));
    const share = (split: Split): number => found.filter((other) => other === split).length / found.length;
    // Four standard deviations of a share: 4 sqrt(0.1 * 0.9 / 5000) = 0.017.
    for (const split of ["test", "validation"] as const) expect(Math.abs(share(split) - 0.1)).toBeLessThan(0.017);
    expect(Math.abs(share("train") - 0.8)).toBeLessThan(0.03);
  });

  it("does not change from run to run", () => {
    // The hashes start with ba7816bf (0.73), 2eb6fc16 (0.18) and 0cd7f5ee (0.05).
    expect(["abc", "img11", "img18"].map(splitOf)).toEqual(["train", "validation", "test"]);
    // On both sides of the borders: 0.0998, 0.1001, 0.1995 and 0.2002.
    expect(["img1558", "img1082", "img2318", "img1999"].map(splitOf)).toEqual([
      "test",
      "validation",
      "validation",
      "train",
    ]);
  });
});

describe("loadImages", () => {
  let place: string;
  let folder: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "splits-"));
    folder = join(place, "shared");
    // The grey level of an image is its index.
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        writePng(join(folder, i < 30 ? "a" : "b", `${i}.png`), hostFull([1, 4, 4], i / 127.5 - 1)),
      ),
    );
  });
  afterAll(() => rm(place, { recursive: true }));

  it("shares a folder's images among the splits, with the same label numbers in each", async () => {
    const config = schema.parse({ kind: "images", folder, height: 2, width: 3, channels: 3 });
    const parts = await Promise.all(splits.map((split) => loadImages(config, split)));
    const numbers = ({ count, images }: Dataset): number[] =>
      Array.from({ length: count }, (_, i) => Math.round((images[i * 18] + 1) * 127.5));
    expect(parts.flatMap(numbers).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    parts.forEach((part, i) => {
      expect(part).toMatchObject({ shape: { channels: 3, height: 2, width: 3 }, labelNames: ["a", "b"] });
      for (const [j, number] of numbers(part).entries()) {
        expect(part.labels?.[j]).toBe(number < 30 ? 0 : 1);
        expect(splitOf(`${number < 30 ? "a" : "b"}/${number}.png`)).toBe(splits[i]);
      }
    });
  });

  it("says when a split is empty", async () => {
    const lonely = join(place, "lonely");
    const config = schema.parse({ kind: "images", folder: lonely, height: 2, width: 2, channels: 1 });
    const name = Array.from({ length: 100 }, (_, i) => `${i}.png`).find((other) => splitOf(other) === "train");
    await writePng(join(lonely, String(name)), hostFull([1, 2, 2], 0));
    await expect(loadImages(config, "test")).rejects.toThrow(/none of its 1 images is in the test split/);
    expect((await loadImages(config, "train")).count).toBe(1);
  });

  it("loads MNIST", async () => {
    expect(await loadImages(schema.parse({ kind: "mnist" }), "validation")).toMatchObject({ count: 5000 });
  });

  it("refuses a split or a kind that there is not", async () => {
    const calls: [() => Promise<unknown>, RegExp][] = [
      ...["Test", "valid", undefined].map((split): (typeof calls)[number] => [
        () => loadImages({ kind: "mnist" }, split as Split),
        /split/,
      ]),
      [() => loadMnist("Test" as Split), /loadMnist: split is "Test", it has to be one of train, validation, test/],
      [() => loadImageFolder(folder, { channels: 1, height: 2, width: 2 }, "Test" as Split), /split is "Test"/],
      [() => loadImages({ kind: "mnst" } as never, "test"), /loadImages: .*kind/],
      [() => openTrainingImages({ kind: "mnst" } as never), /openTrainingImages: .*kind/],
      [() => openTrainingImages(undefined as never), /openTrainingImages/],
      [() => readImage("photo.jpg", undefined as never), /readImage: give wanted/],
    ];
    for (const [call, message] of calls) {
      await expect(call()).rejects.toThrow(InputError);
      await expect(call()).rejects.toThrow(message);
    }
  });

  it("knows no other settings", () => {
    expect(schema.safeParse({ kind: "mnist", folder }).success).toBe(false);
    expect(schema.safeParse({ kind: "images", folder, height: 2, width: 2, channels: 2 }).success).toBe(false);
  });
});
