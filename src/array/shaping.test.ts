import { describe, expect, it } from "vitest";
import { compile } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { hostArray } from "./host.js";
import { type NDArray } from "./ndarray.js";
import { sliceAxis, take } from "./shaping.js";

const x = hostArray([1, 2, 3], [3]);

describe.each(["onnx", "jax"] as const)("on %s", (backend) => {
  it("an empty part is refused", async () => {
    const slicing = compile((v: NDArray) => sliceAxis(v, 0, 1, 1), [x], { backend }).then(({ run }) => run(x));
    await expect(slicing).rejects.toThrow(ShapeError);
    await expect(slicing).rejects.toThrow(/sliceAxis: 1 to 1 is empty/);
  });

  it("indices that are no integers are refused", async () => {
    const taking = compile((v: NDArray) => take(v, v), [x], { backend }).then(({ run }) => run(x));
    await expect(taking).rejects.toThrow(InputError);
    await expect(taking).rejects.toThrow(/take: the indices are float32/);
  });
});
