import { describe, expect, it } from "vitest";
import { compile } from "../compile/index.js";
import { InputError } from "../errors.js";
import { hostArray } from "./host.js";
import { mul, square, sub } from "./elementwise.js";
import { gradient, jvp, transposeLinear, valueAndGradient } from "./derivative.js";
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

describe("a derivative refuses", () => {
  const x = hostArray([1, 2, 3], [3]);
  const one = hostArray([1], [1]);
  const cases: [string, RegExp, (x: NDArray, v: NDArray) => unknown][] = [
    ["a tangent of another shape", /jvp: tangent 0 is \[1\], it has to be \[3\]/, (at, v) => jvp(square, [at], [v])],
    [
      "tangents of another form",
      /jvp: the tangents have the form .*, the primals/,
      (at, v) => jvp((p: { a: NDArray }) => square(p.a), [{ a: at }], [{ b: v }] as never),
    ],
    ["no tangent", /jvp .* tangent 0/, (at) => jvp(square, [at], [undefined as never])],
    ["the gradient of an array", /gradient: the function's value is \[3\].* scalar/, (at) => gradient(square)(at)],
    ["the gradient of a number", /gradient: the function's value is 7/, (at) => gradient(() => 7 as never)(at)],
    [
      "the loss of an array",
      /valueAndGradient: the function's value is \[3\].* scalar/,
      (at) => valueAndGradient((y: NDArray): [NDArray, NDArray[]] => [square(y), []])(at).gradient,
    ],
  ];
  it.each(cases)("%s", async (_, line, fn) => {
    for (const backend of ["onnx", "jax"] as const) {
      const running = compile(fn as () => NDArray, [x, one] as never, { backend }).then((compiled) =>
        (compiled.run as (...args: unknown[]) => Promise<unknown>)(x, one),
      );
      await expect(running).rejects.toThrow(InputError);
      await expect(running).rejects.toThrow(line);
    }
    // What the failed derivative left behind would disturb the next one.
    const compiled = await compile((at: NDArray) => gradient((y: NDArray) => sum(square(y)))(at), [x]);
    expect([...(await compiled.run(x)).data]).toEqual([2, 4, 6]);
    await compiled.dispose();
  });
});
