import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFault } from "./json-fault.js";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("where a text stops being JSON", () => {
  it.each([
    ["", 1, 1, true],
    ['{"a": 1,\n', 2, 1, true],
    ['{"a": 1,\n  b: 2}', 2, 3, false],
    ['{"a": 1 "b": 2}', 1, 9, false],
    ["[1, 2,]", 1, 7, false],
    ["[1] 2", 1, 5, false],
    ['["a\nb"]', 1, 2, false],
    ["[01]", 1, 3, false],
    ["{]", 1, 2, false],
    ["[nul]", 1, 2, false],
    ['{1: "a"}', 1, 2, false],
  ])("%j: line %i, column %i", (text, line, column, ends) => expect(jsonFault(text)).toEqual({ line, column, ends }));

  it("finds nothing in JSON, and something in what JSON.parse refuses", () => {
    const texts = fc.oneof(
      fc.json(),
      fc
        .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "]", "}", "0", "-", " ", "\\", "\u0001"))
        .map(
          ([json, at, more]) => json.slice(0, at % (json.length + 1)) + more + json.slice((at % (json.length + 1)) + 1),
        ),
    );
    fc.assert(
      fc.property(texts, (text) => (jsonFault(text) === undefined) === isJson(text)),
      { numRuns: 2000, seed: 1 },
    );
  });
});
