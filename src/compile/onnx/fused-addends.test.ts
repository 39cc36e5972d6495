import { describe, expect, it } from "vitest";
import * as a from "../../array/index.js";
import { compile } from "../compile.js";

// An addend that repeats along an axis where a product, a convolution or a scaled array has length 1 makes the result
// longer. The expected numbers are sums in loops.

const numbers = (shape: number[], seed: number): a.HostArray => a.randomSource(seed, "addends").normalArray(shape);

interface Case {
  fn: (x: a.NDArray, y: a.NDArray, b: a.NDArray) => a.NDArray;
  shapes: [number[], number[], number[]];
  shape: number[];
  expected: (x: ArrayLike<number>, y: ArrayLike<number>, b: ArrayLike<number>, k: number) => number;
}

const cases: Record<string, Case> = {
  "a product": {
    fn: (x, y, b) => a.add(a.matmul(x, y), a.broadcastTo(b, [4, 3])),
    shapes: [[1, 2], [2, 3], [3]],
    shape: [4, 3],
    expected: (x, y, b, k) => x[0] * y[k % 3] + x[1] * y[3 + (k % 3)] + b[k % 3],
  },
  "a convolution": {
    fn: (x, y, b) => a.add(a.convolve(x, y), a.broadcastTo(a.reshape(b, [3, 1, 1]), [4, 3, 2, 2])),
    shapes: [[1, 1, 2, 2], [3, 1, 1, 1], [3]],
    shape: [4, 3, 2, 2],
    expected: (x, y, b, k) => x[k % 4] * y[Math.floor(k / 4) % 3] + b[Math.floor(k / 4) % 3],
  },
  "a scaled array": {
    fn: (x, y, b) => a.add(a.mul(x, a.reshape(y, [3, 1])), a.broadcastTo(a.reshape(b, [3, 1]), [2, 3, 40])),
    shapes: [[1, 3, 40], [3], [3]],
    shape: [2, 3, 40],
    expected: (x, y, b, k) => x[k % 120] * y[Math.floor(k / 40) % 3] + b[Math.floor(k / 40) % 3],
  },
  "a scaled array, with another term": {
    fn: (x, y, b) =>
      a.add(a.add(a.cos(x), a.mul(x, a.reshape(y, [3, 1]))), a.broadcastTo(a.reshape(b, [3, 1]), [2, 3, 40])),
    shapes: [[1, 3, 40], [3], [3]],
    shape: [2, 3, 40],
    expected: (x, y, b, k) => Math.cos(x[k % 120]) + x[k % 120] * y[Math.floor(k / 40) % 3] + b[Math.floor(k / 40) % 3],
  },
};

describe("an addend that is wider than", () => {
  it.each(Object.entries(cases))("%s", async (_, { fn, shapes, shape, expected }) => {
    const [x, y, b] = shapes.map((each, i) => numbers(each, i + 1));
    const compiled = await compile(fn, [x, y, b]);
    const result = await compiled.run(x, y, b);
    await compiled.dispose();
    expect(result.shape).toEqual(shape);
    result.data.forEach((value, k) => expect(value).toBeCloseTo(expected(x.data, y.data, b.data, k), 5));
  });
});
