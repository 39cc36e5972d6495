import { describe, expect, it } from "vitest";
import { compileExamples, publicFace } from "./docstrings/examples.js";

const face = publicFace();

describe("the docstring of every public function", () => {
  it("says what the function does, and has an example", () => {
    const lacking = face.functions.filter(({ description, examples }) => description === "" || examples.length === 0);
    expect(face.functions.length).toBeGreaterThan(200);
    expect(lacking.map(({ entry, name }) => `${name} of ${entry}`)).toEqual([]);
  });

  it("has examples that compile", () => {
    expect(compileExamples(face)).toEqual([]);
  });
});
