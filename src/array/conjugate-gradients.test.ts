import { Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { type Backend } from "../compile/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import {
  add,
  conjugateGradients,
  div,
  gradient,
  type HostArray,
  hostArray,
  matmul,
  mul,
  type NDArray,
  randomSource,
  square,
  sum,
  transpose,
} from "./index.js";

describe.each(["jax", "onnx"] as const)("conjugate gradients (%s)", (backend: Backend) => {
  it("solve a system of each sample", async () => {
    const random = randomSource(1);
    const root = Matrix.from1DArray(4, 4, Array.from(random.normalArray([4, 4]).data));
    const system = root.mmul(root.transpose()).add(Matrix.eye(4));
    const right = random.normalArray([3, 4]);
    const solution = await evaluate(
      (b: NDArray, r: NDArray) => conjugateGradients({ inner: (g) => g, outer: (g) => matmul(g, b), damping: 0 }, r, 8),
      [hostArray(system.to1DArray(), [4, 4]), right],
      backend,
    );
    const expected = solve(system, Matrix.from1DArray(3, 4, Array.from(right.data)).transpose()).transpose();
    expected.to1DArray().forEach((value, i) => expect(solution.data[i]).toBeCloseTo(value, 3));
  });

  it("solve a damped system of two maps, and give what the inner one makes of the solution", async () => {
    const random = randomSource(2);
    const map = Matrix.from1DArray(3, 5, Array.from(random.normalArray([3, 5]).data));
    const right = random.normalArray([2, 3]);
    const result = await evaluate(
      (a: NDArray, r: NDArray) =>
        conjugateGradients(
          { inner: (g) => matmul(g, a), outer: (image) => matmul(image, transpose(a)), damping: 0.5 },
          r,
          6,
        ),
      [hostArray(map.to1DArray(), [3, 5]), right],
      backend,
    );
    const system = map.mmul(map.transpose()).add(Matrix.eye(3).mul(0.5));
    const columns = Matrix.from1DArray(2, 3, Array.from(right.data)).transpose();
    const expected = map.transpose().mmul(solve(system, columns)).transpose();
    expect(result.shape).toEqual([2, 5]);
    expected.to1DArray().forEach((value, i) => expect(result.data[i]).toBeCloseTo(value, 3));
  });

  it("have a gradient, also after the system is solved", async () => {
    const right = randomSource(4).normalArray([3, 4]);
    const result = await evaluate(
      gradient((r: NDArray) => {
        const system = { inner: (g: NDArray) => mul(g, 2), outer: (g: NDArray) => g, damping: 0.5 };
        return sum(square(conjugateGradients(system, r, 6)));
      }),
      [right],
      backend,
    );
    // The solution is 2 y / 2.5 after one iteration.
    result.data.forEach((value, i) => expect(value).toBeCloseTo(2 * 0.8 ** 2 * right.data[i], 4));
  });

  it("are done at once with a diagonal system that is preconditioned by itself", async () => {
    const random = randomSource(3);
    const entries = hostArray([0.1, 10, 1000, 3], [4]);
    const right = random.normalArray([2, 4]);
    const solve = (preconditioned: boolean) =>
      evaluate(
        (d: NDArray, r: NDArray) =>
          conjugateGradients(
            {
              inner: (g) => g,
              outer: (g) => mul(g, d),
              damping: 0.5,
              ...(preconditioned && { precondition: (residual) => div(residual, add(d, 0.5)) }),
            },
            r,
            1,
          ),
        [entries, right],
        backend,
      );
    const off = ({ data }: HostArray): number =>
      Math.max(...data.map((value, i) => Math.abs(value - right.data[i] / (entries.data[i % 4] + 0.5))));
    expect(off(await solve(true))).toBeLessThan(1e-5);
    expect(off(await solve(false))).toBeGreaterThan(0.1);
  });

  it("leave what is solved at zero", async () => {
    const solution = await evaluate(
      (r: NDArray) => conjugateGradients({ inner: (g) => g, outer: (g) => g, damping: 0 }, r, 3),
      [hostArray([0, 0, 1, 2], [2, 2])],
      backend,
    );
    expect([...solution.data]).toEqual([0, 0, 1, 2]);
  });
});
