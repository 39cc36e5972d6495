import { describe, expect, it } from "vitest";
import { imageSeed } from "./image-seed.js";
import { outputFolder } from "./output-names.js";
import { parseShard, shardOf } from "./shard.js";

describe("the names of outputs", () => {
  it.each([
    ["a b/ö.png", "a b/ö.png"],
    ["50%.png", "50%25.png"],
    ["a\nb.png", "a%0Ab.png"],
    ['what?"*:|<>.png', "what%3F%22%2A%3A%7C%3C%3E.png"],
    ["dots. /a.png", "dots.%20/a.png"],
    ["\u2028.png", "%E2%80%A8.png"],
  ])("%j is written as %j", (path, folder) => expect(outputFolder(path)).toBe(folder));

  it("differ where the images do", () => {
    const paths = ["a%3Fb.png", "a?b.png", "a%253Fb.png", "a.png", "a.jpg"];
    expect(new Set(paths.map(outputFolder)).size).toBe(paths.length);
  });
});

describe("the seed of an image", () => {
  it("comes from the run's and its path", () => {
    const seeds = [imageSeed(0, "a.png"), imageSeed(1, "a.png"), imageSeed(0, "b.png"), imageSeed(0, "b/a.png")];
    expect(new Set(seeds).size).toBe(4);
    expect(imageSeed(0, "a.png")).toBe(seeds[0]);
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
  });
});

describe("shards", () => {
  it("have every item once", () => {
    const items = Array.from({ length: 11 }, (_, i) => i);
    const parts = [1, 2, 3, 4].flatMap((index) => shardOf(items, { index, count: 4 }));
    expect(parts.sort((a, b) => a - b)).toEqual(items);
  });

  it.each(["0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/4/2", "1.5/4"])("refuse %j", (text) =>
    expect(() => parseShard(text)).toThrow(/give e.g. 3\/16/),
  );
});
