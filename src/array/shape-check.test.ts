import { describe, expect, it } from "vitest";
import { compile } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { hostFull } from "./host.js";
import { type NDArray } from "./ndarray.js";
import { type Axis, checkShapes } from "./shape-check.js";

type Given = readonly [name: string, shape: readonly number[], axes: readonly Axis[]];

/** Checks arrays of these shapes against these axes, inside a traced function. */
async function check(...arrays: readonly (readonly [name: string, shape: readonly number[], axes: readonly Axis[]])[]) {
  const examples = arrays.map(([, shape]) => hostFull(shape, 0));
  const traced = (...given: NDArray[]): NDArray => {
    checkShapes("here", Object.fromEntries(arrays.map(([name, , axes], i) => [name, [given[i], axes]])));
    return given[0];
  };
  const compiled = await compile(traced, examples, { backend: "jax" });
  try {
    await compiled.run(...examples);
  } finally {
    await compiled.dispose();
  }
}

describe("the check of shapes", () => {
  it("takes axes of one name and one length, numbers, and any number of axes as the same ones", async () => {
    await check(["x", [4, 2, 3], ["B", "..."]], ["z", [4, 2, 3], ["B", "..."]], ["t", [4], ["B"]]);
    await check(["x", [4], ["B", "..."]], ["z", [4], ["B", "..."]]);
    await check(["x", [5, 7, 3], ["...", "D"]], ["w", [2, 3], [2, "D"]]);
    await check(["tau", [], []]);
    await check(["square", [3, 3], ["N", "N"]], ["batch", [2, 3, 3], ["...", "N", "N"]]);
  });

  it.each<[string, readonly Given[]]>([
    [
      "here: t is [1], it has to be [4], which is [B]",
      [
        ["x", [4, 2], ["B", "..."]],
        ["t", [1], ["B"]],
      ],
    ],
    [
      "here: z is [4, 1], it has to be [4, 2], which is [B, ...]",
      [
        ["x", [4, 2], ["B", "..."]],
        ["z", [4, 1], ["B", "..."]],
      ],
    ],
    ["here: x is [2], it has to be [B, D]", [["x", [2], ["B", "D"]]]],
    ["here: x is [2, 2], it has to be [3, D]", [["x", [2, 2], [3, "D"]]]],
    ["here: x is [2, 3], it has to be [N, N]", [["x", [2, 3], ["N", "N"]]]],
    [
      "here: y is [5, 2, 3], it has to be [B, 2, 2], which is [B, N, N]",
      [
        ["x", [2, 2], ["N", "N"]],
        ["y", [5, 2, 3], ["B", "N", "N"]],
      ],
    ],
    ["here: x is [], it has to be [..., D]", [["x", [], ["...", "D"]]]],
  ])("%s", async (line, arrays) => {
    const failed = check(...arrays);
    await expect(failed).rejects.toThrow(ShapeError);
    await expect(failed).rejects.toThrow(line);
  });

  it("names what is no array", () => {
    expect(() => checkShapes("here", { x: [undefined as never, ["B"]] })).toThrow(InputError);
    expect(() => checkShapes("here", { x: [undefined as never, ["B"]] })).toThrow(/here works on arrays .*x was given/);
  });
});
