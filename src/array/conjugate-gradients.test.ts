import { Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { type Backend } from "../compile/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { conjugateGradients, hostArray, matmul, type NDArray, randomSource } from "./index.js";

describe.each(["jax", "onnx"] as const)("conjugate gradients (%s)", (backend: Backend) => {
  it("solve a system of each sample", async () => {
    const random = randomSource(1);
    const root = Matrix.from1DArray(4, 4, Array.from(random.normalArray([4, 4]).data));
    const system = root.mmul(root.transpose()).add(Matrix.eye(4));
    const right = random.normalArray([3, 4]);
    const solution = await evaluate(
      (b: NDArray, r: NDArray) => conjugateGradients((g) => matmul(g, b), r, 8),
      [hostArray(system.to1DArray(), [4, 4]), right],
      backend,
    );
    const expected = solve(system, Matrix.from1DArray(3, 4, Array.from(right.data)).transpose()).transpose();
    expected.to1DArray().forEach((value, i) => expect(solution.data[i]).toBeCloseTo(value, 3));
  });

  it("leave what is solved at zero", async () => {
    const solution = await evaluate(
      (r: NDArray) => conjugateGradients((g) => g, r, 3),
      [hostArray([0, 0, 1, 2], [2, 2])],
    );
    expect([...solution.data]).toEqual([0, 0, 1, 2]);
  });
});
