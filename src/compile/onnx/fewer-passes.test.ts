import { describe, expect, it } from "vitest";
import * as a from "../../array/index.js";
import { groupNorm } from "../../nn/index.js";
import { compile } from "../compile.js";
import { flatten } from "../flatten.js";
import { graphOf } from "../graph-of.js";
import { type Graph } from "./graph.js";

// Rules that save passes over large arrays: the numbers are those of loops, and the graph has as few operators as it should.

const numbers = (shape: number[], seed: number): a.HostArray => a.randomSource(seed, "passes").normalArray(shape);

async function graph(fn: (...args: a.NDArray[]) => a.NDArray | a.NDArray[], args: a.HostArray[]): Promise<Graph> {
  return graphOf(flatten(fn, args), { standardOnly: true });
}

/** The operators that read or write an array of so many numbers. */
const passes = ({ nodes }: Graph, size: number): string[] =>
  nodes
    .filter(({ operator }) => operator !== "Reshape")
    .filter(({ inputs, output }) => [...inputs, output].some(({ shape }) => a.sizeOf(shape) === size))
    .map(({ operator }) => operator);

async function valueOf(fn: (...args: a.NDArray[]) => a.NDArray, args: a.HostArray[]): Promise<a.HostArray> {
  const compiled = await compile(fn, args as [a.HostArray]);
  const result = await compiled.run(...(args as [a.HostArray]));
  await compiled.dispose();
  return result;
}

describe("one pass over the large arrays", () => {
  it("sums an array that is multiplied by a number", async () => {
    const fn = (x: a.NDArray): a.NDArray => a.sum(a.mul(a.cos(x), 3), 1);
    const x = numbers([4, 70], 1);
    expect(passes(await graph(fn, [x]), 280)).toEqual(["Cos", "ReduceSum"]);
    const { data } = await valueOf(fn, [x]);
    data.forEach((value, row) => {
      const values = Array.from(x.data.slice(70 * row, 70 * (row + 1)));
      const expected = values.reduce((sum, each) => sum + 3 * Math.cos(each), 0);
      expect(value).toBeCloseTo(expected, 4);
    });
  });

  it("adds a scaled array with an offset to another array", async () => {
    const perRow = (value: a.NDArray): a.NDArray => a.reshape(value, [5, 1]);
    const fn = (x: a.NDArray, gain: a.NDArray, offset: a.NDArray): a.NDArray =>
      a.add(a.add(a.mul(x, perRow(gain)), a.cos(x)), perRow(offset));
    const [x, gain, offset] = [numbers([5, 40], 1), numbers([5], 2), numbers([5], 3)];
    const operators = passes(await graph(fn, [x, gain, offset]), 200);
    expect(operators.sort()).toEqual(["Add", "BatchNormalization", "Cos"]);
    const { data } = await valueOf(fn, [x, gain, offset]);
    data.forEach((value, k) => {
      const row = Math.floor(k / 40);
      expect(value).toBeCloseTo(x.data[k] * gain.data[row] + Math.cos(x.data[k]) + offset.data[row], 5);
    });
  });

  it("joins arrays that are joined a few at a time", async () => {
    const fn = (...parts: a.NDArray[]): a.NDArray =>
      a.concatenate([a.concatenate(parts.slice(0, 2), 0), ...parts.slice(2)], 0);
    const parts = [1, 2, 3].map((seed) => numbers([seed], seed));
    const { nodes } = await graph(fn, parts);
    expect(nodes.filter(({ operator }) => operator === "Concat")).toHaveLength(1);
    expect(Array.from((await valueOf(fn, parts)).data)).toEqual(parts.flatMap(({ data }) => Array.from(data)));
  });
});

describe("the derivative of a transposed product", () => {
  const matrix = numbers([7, 5], 1);
  // y = g M^T by the transpose of x -> x M; the gradient of the sum of y^2 / 2 is (g M^T) M.
  const fn = (at: a.NDArray): a.NDArray =>
    a.gradient((of: a.NDArray) => {
      const back = a.transposeLinear(
        (x: a.NDArray) => a.matmul(x, a.constant(matrix)),
        a.zeros([...at.shape.slice(0, -1), 7]),
      );
      const y = back(of);
      back.dispose();
      return a.mul(a.sum(a.square(y)), 0.5);
    })(at);

  it.each([[[2, 3, 5]], [[2, 1, 3, 5]]])("is a product, too, of arrays %j", async (shape) => {
    const g = numbers(shape, 2);
    const { nodes } = await graph(fn, [g]);
    const operators = new Set(nodes.map(({ operator }) => operator).filter((operator) => operator !== "Reshape"));
    expect([...operators].filter((operator) => operator !== "MatMul" && operator !== "Gemm")).toEqual([]);
    const result = await valueOf(fn, [g]);
    expect(result.shape).toEqual(shape);
    result.data.forEach((value, at) => {
      const [row, column] = [Math.floor(at / 5), at % 5];
      let expected = 0;
      for (let k = 0; k < 7; k++)
        for (let j = 0; j < 5; j++)
          expected += g.data[row * 5 + j] * matrix.data[k * 5 + j] * matrix.data[k * 5 + column];
      expect(value).toBeCloseTo(expected, 4);
    });
  });
});

describe("a group normalisation", () => {
  const parts = [numbers([2, 8, 8, 8], 1), numbers([8], 2), numbers([8], 3), numbers([2, 8, 8, 8], 4)];
  const normalised = (x: a.NDArray, weight: a.NDArray, bias: a.NDArray): a.NDArray => groupNorm({ weight, bias }, x, 4);

  it("takes four passes, and its gradient nine", async () => {
    const fn = (x: a.NDArray, weight: a.NDArray, bias: a.NDArray, g: a.NDArray): a.NDArray =>
      a.gradient((at: a.NDArray) => a.sum(a.mul(normalised(at, weight, bias), g)))(x);
    const forward = (x: a.NDArray, weight: a.NDArray, bias: a.NDArray): a.NDArray => normalised(x, weight, bias);
    expect(passes(await graph(forward, parts.slice(0, 3)), 1024)).toHaveLength(4);
    // Without the result itself: mean and mean square, the sums of g and g x, g times the gain, x's affine function, their sum.
    expect(passes(await graph(fn, parts), 1024)).toHaveLength(9);
  });

  it("takes ten passes for its value and JVP", async () => {
    const fn = (x: a.NDArray, weight: a.NDArray, bias: a.NDArray, g: a.NDArray): a.NDArray[] =>
      a.jvp((at: a.NDArray) => normalised(at, weight, bias), [x], [g]);
    expect(passes(await graph(fn, parts), 1024)).toHaveLength(10);
  });
});
