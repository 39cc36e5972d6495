import { describe, expect, it } from "vitest";
import { compile } from "../compile/index.js";
import { hostArray } from "./host.js";
import { mul, square, sub } from "./elementwise.js";
import { transposeLinear, valueAndGradient } from "./derivative.js";
import { type NDArray } from "./ndarray.js";
import { sum } from "./reduction.js";
import { sliceAxis } from "./shaping.js";
import { zeros } from "./constant.js";

describe("valueAndGradient", () => {
  it.each(["onnx", "jax"] as const)(
    "gives auxiliary results of functions that hold a gradient of their own (%s)",
    async (backend) => {
      // L(q) = sum (q A^T y - 1)^2 with A x = the first column of x.
      const first = (x: NDArray): NDArray => sliceAxis(x, 1, 0, 1);
      const step = (q: NDArray, y: NDArray) => {
        const loss = (at: NDArray): [NDArray, { twice: NDArray; adjoint: NDArray }] => {
          const back = transposeLinear(first, zeros([3, 2]));
          const adjoint = back(first(y));
          back.dispose();
          const value = sum(square(sub(mul(adjoint, at), 1)));
          return [value, { twice: mul(value, 2), adjoint }];
        };
        return valueAndGradient(loss)(q);
      };
      const [q, y] = [hostArray([2, 5], [2]), hostArray([1, 9, 2, 9, 3, 9], [3, 2])];
      const compiled = await compile(step, [q, y], { backend });
      const { value, auxiliary, gradient } = await compiled.run(q, y);
      await compiled.dispose();
      // The second column of A^T y is 0: three times (0 - 1)^2.
      const expected = [1, 2, 3].reduce((total, column) => total + (2 * column - 1) ** 2, 3);
      expect(value.data[0]).toBeCloseTo(expected, 4);
      expect(auxiliary.twice.data[0]).toBeCloseTo(2 * expected, 4);
      expect([...auxiliary.adjoint.data]).toEqual([1, 0, 2, 0, 3, 0]);
      const slope = [1, 2, 3].reduce((total, column) => total + 2 * column * (2 * column - 1), 0);
      expect([...gradient.data]).toEqual([slope, 0]);
    },
  );
});
