import { describe, expect, it } from "vitest";
import { type Backend, compile } from "../compile/index.js";
import { constant } from "./constant.js";
import { gradient, transposeLinear, valueAndGradient } from "./derivative.js";
import { mul, square, sub } from "./elementwise.js";
import { hostArray } from "./host.js";
import { type NDArray } from "./ndarray.js";
import { sum } from "./reduction.js";

const x = hostArray([1, 2, 3], [3]);
const p = hostArray([2], [1]);
const matrix = (v: NDArray): NDArray => mul(v, constant(hostArray([1, 0.5, 2], [3])));

// A^T A x = (1, 0.5, 12): loss |p A^T A x - 1|^2.
const transposes: Record<string, (y: NDArray) => NDArray> = {
  transpose: (y) => transposeLinear(matrix, y)(y),
  gradient: (y) => gradient((v: NDArray) => sum(mul(y, matrix(v))))(y),
};

describe.each<Backend>(["jax", "onnx"])("a derivative within a derivative on %s", (backend) => {
  it.each(Object.keys(transposes))("gives value, gradient and what depends on both (%s)", async (kind) => {
    const fn = (data: NDArray, parameter: NDArray) =>
      valueAndGradient((q: NDArray) => {
        const loss = sum(square(sub(mul(transposes[kind](matrix(data)), q), 1)));
        return [loss, { twice: mul(loss, 2) }];
      })(parameter);
    const compiled = await compile(fn, [x, p], { backend });
    const { value, auxiliary, gradient: slope } = await compiled.run(x, p);
    await compiled.dispose();
    const aty = [1, 0.5, 12];
    const loss = aty.reduce((total, a) => total + (2 * a - 1) ** 2, 0);
    expect(value.data[0]).toBeCloseTo(loss, 3);
    expect(auxiliary.twice.data[0]).toBeCloseTo(2 * loss, 3);
    expect(slope.data[0]).toBeCloseTo(
      aty.reduce((total, a) => total + 2 * a * (2 * a - 1), 0),
      3,
    );
  });
});
