import { describe, expect, it } from "vitest";
import { joinPath } from "./files.js";
import { sameJson } from "./json.js";

describe("paths", () => {
  it.each([
    ["", ["a"], "a"],
    ["/", ["a", "b"], "/a/b"],
    ["runs/x", ["state", "a.json"], "runs/x/state/a.json"],
    ["runs/x/", ["a.json"], "runs/x/a.json"],
    ["http://localhost/models/mnist", ["a.json"], "http://localhost/models/mnist/a.json"],
  ])("%j with %j are %s", (folder, names, path) => expect(joinPath(folder, ...names)).toBe(path));
});

describe("values that are the same as JSON", () => {
  it.each([
    [{ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: "1" }, false],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
  ])("%j and %j: %s", (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
    expect(sameJson(b, a)).toBe(same);
  });
});
