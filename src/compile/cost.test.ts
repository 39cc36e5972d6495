import { describe, expect, it } from "vitest";
import {
  add,
  constant,
  convolve,
  exp,
  gradient,
  hostArray,
  hostZeros,
  matmul,
  mul,
  type NDArray,
  reshape,
  silu,
  sum,
  transpose,
} from "../array/index.js";
import { InputError } from "../errors.js";
import { costOf, toOnnx } from "./index.js";

const [rows, inner, columns] = [5, 7, 3];
const x = hostZeros([rows, inner]);
const w = hostZeros([inner, columns]);

describe("the cost of a function", () => {
  it("is not counted of what is no function, or of no arrays", async () => {
    const float32 = (...shape: number[]) => ({ shape, type: "float32" }) as const;
    await expect(costOf(undefined as never, [x])).rejects.toThrow(/costOf: give fn, a function/);
    for (const length of [-1, NaN]) await expect(costOf(exp, [float32(length)])).rejects.toThrow(InputError);
    const empty = /argument 0 is \[0, 3\]: a function is compiled for/;
    await expect(costOf(exp, [float32(0, 3)])).rejects.toThrow(empty);
    await expect(toOnnx((a: NDArray) => exp(a), [float32(0, 3)])).rejects.toThrow(empty);
  });

  it("of a product is two operations for each of its rows, inner numbers and columns", async () => {
    const { flops } = await costOf((a: NDArray, b: NDArray) => matmul(a, b), [x, w]);
    expect(flops).toBe(2 * rows * inner * columns);
    const transposed = await costOf((a: NDArray, b: NDArray) => matmul(transpose(b), transpose(a)), [x, w]);
    expect(transposed.flops).toBe(flops);
  });

  it("of a product's two gradients is twice the product's", async () => {
    const slopes = (a: NDArray, b: NDArray): unknown =>
      gradient((p: { a: NDArray; b: NDArray }) => sum(silu(matmul(p.a, p.b))))({ a, b });
    expect((await costOf(slopes, [x, w])).flops).toBe(3 * 2 * rows * inner * columns);
  });

  it("counts the same product once, also where its constant factor is made twice", async () => {
    const product = (a: NDArray, first: number): NDArray => {
      const data = Float32Array.from({ length: inner * 40 }, (_, i) => (i === 0 ? first : i));
      return matmul(a, constant(hostArray(data, [inner, 40])));
    };
    const cost = (...firsts: number[]) =>
      costOf((a: NDArray) => firsts.map((first) => product(a, first)).reduce((p, q) => mul(p, q)), [x]);
    const once = 2 * rows * inner * 40;
    expect((await cost(1, 1)).flops).toBe(once);
    expect((await cost(1, 2)).flops).toBe(2 * once);
    expect((await cost(0, -0)).flops).toBe(2 * once);
  });

  it("of a convolution is two operations for each output and number of its window", async () => {
    const examples = [hostZeros([2, 4, 8, 8]), hostZeros([6, 4, 3, 3])];
    const { flops } = await costOf((a: NDArray, k: NDArray) => convolve(a, k, { padding: 1 }), examples);
    expect(flops).toBe(2 * (2 * 6 * 8 * 8) * (4 * 3 * 3));
  });

  it("counts the numbers that are written, and the most that are held at the same time", async () => {
    const n = 1000;
    // The second result is written while the first is read.
    const twice = await costOf((a: NDArray) => exp(exp(a)), [hostZeros([n])]);
    expect(twice).toMatchObject({ elementwise: 2 * n, peakBytes: 2 * 4 * n });
    // The first, second and third results are all needed when the fourth is written.
    const powers = (a: NDArray): NDArray => {
      const b = exp(a);
      const c = exp(b);
      const d = exp(c);
      return add(add(d, c), b);
    };
    expect(await costOf(powers, [hostZeros([n])])).toMatchObject({ elementwise: 5 * n, peakBytes: 4 * 4 * n });
  });

  it("holds a chain's last results only", async () => {
    const n = 1000;
    const chain = (a: NDArray): NDArray => [1, 2, 3, 4].reduce((value) => silu(value), a);
    const cost = await costOf(chain, [hostZeros([n])]);
    expect(cost).toMatchObject({ flops: 0, inputBytes: 4 * n, constantBytes: 0 });
    // However long the chain, only a result and its operands are in memory.
    const longer = await costOf((a: NDArray) => chain(chain(a)), [hostZeros([n])]);
    expect(longer.peakBytes).toBe(cost.peakBytes);
    expect(longer.elementwise).toBe(2 * cost.elementwise);
    // Every link of this chain has to stay in memory until the end.
    const kept = (a: NDArray): NDArray => {
      const [b, c, d] = [silu(a), silu(mul(a, 2)), silu(mul(a, 3))];
      return reshape(add(add(silu(silu(b)), mul(c, d)), b), [10, n / 10]);
    };
    expect((await costOf(kept, [hostZeros([n])])).peakBytes).toBeGreaterThan(cost.peakBytes);
  });
});
