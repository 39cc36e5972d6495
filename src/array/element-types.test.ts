import { describe, expect, it } from "vitest";
import { compile, toOnnx } from "../compile/index.js";
import { InputError } from "../errors.js";
import * as a from "./index.js";

type Operands = readonly [a.Operand, a.Operand];
type Operation = (x: a.Operand, y: a.Operand) => a.NDArray;

const real = [-1.5, 2, 0.25, 2];
const whole = [-3, 2, 0, 5];
const other = [2, 2, -7, 1];
const inputs = [
  a.hostArray(real, [4]),
  a.hostArray(Int32Array.from(whole), [4]),
  a.hostArray(Int32Array.from(other), [4]),
];

/** Operands of every element type, with their values. */
const kinds: Record<string, { values: number[]; of: (xs: readonly a.NDArray[]) => a.Operand; type: number }> = {
  float32: { values: real, of: ([x]) => x, type: 2 },
  int32: { values: whole, of: ([, x]) => x, type: 1 },
  "another int32": { values: other, of: ([, , x]) => x, type: 1 },
  bool: { values: whole.map((value) => Number(value < 1)), of: ([, x]) => a.less(x, 1), type: 0 },
  "another bool": { values: other.map((value) => Number(value < 2)), of: ([, , x]) => a.less(x, 2), type: 0 },
  "the number 2": { values: [2, 2, 2, 2], of: () => 2, type: -1 },
  "constant integers": {
    values: [5, 5, 5, 5],
    of: () => a.constant(a.hostArray(Int32Array.of(5, 5, 5, 5), [4])),
    type: 1,
  },
};

/** Each operation with its value, that of two booleans, and the narrowest type of its result. */
const operations: Record<
  string,
  { fn: Operation; value: (x: number, y: number) => number; bool?: (x: number, y: number) => number; result?: string }
> = {
  add: { fn: a.add, value: (x, y) => x + y, bool: Math.max },
  sub: { fn: a.sub, value: (x, y) => x - y },
  mul: { fn: a.mul, value: (x, y) => x * y },
  div: { fn: a.div, value: (x, y) => x / y, result: "float32" },
  minimum: { fn: a.minimum, value: Math.min },
  maximum: { fn: a.maximum, value: Math.max },
  less: { fn: a.less, value: (x, y) => Number(x < y), result: "int32" },
  equal: { fn: a.equal, value: (x, y) => Number(x === y), result: "int32" },
};

/** The entry of a matrix [2, 2] or an image [2, 2, 2] that is stored in rows. */
const entry = (values: readonly number[], ...index: readonly number[]): number =>
  values[index.reduce((place, i) => 2 * place + i, 0)];
const indices = [0, 1].flatMap((row) => [0, 1].map((column) => [row, column] as const));
/** X Y^T of matrices [2, 2]. */
const timesTranspose = (x: readonly number[], y: readonly number[]): number[] =>
  indices.map(([row, column]) => entry(x, row, 0) * entry(y, column, 0) + entry(x, row, 1) * entry(y, column, 1));
const matrix = (x: a.NDArray): a.NDArray => a.reshape(x, [2, 2]);
const batch = (x: a.NDArray): a.NDArray => a.reshape(a.concatenate([x, x]), [2, 2, 2]);
const bool = (x: a.NDArray): a.NDArray => a.less(x, 1);
const patches = (i: a.NDArray, j: a.NDArray): a.NDArray => {
  const image = a.reshape(a.concatenate([i, j, j, i]), [1, 2, 2, 2, 2]);
  return a.reshape(a.transpose(image, [0, 2, 4, 1, 3]), [16]);
};

const cases: Record<string, { fn: (...xs: a.NDArray[]) => a.NDArray; expected: number[] }> = {
  "where of float and int": {
    fn: (x, i, j) => a.where(a.less(j, 2), x, i),
    expected: other.map((value, k) => (value < 2 ? real[k] : whole[k])),
  },
  "where of int and a number": {
    fn: (_, i, j) => a.where(a.less(j, 2), i, -4),
    expected: other.map((value, k) => (value < 2 ? whole[k] : -4)),
  },
  "where of bool and bool": {
    fn: (_, i, j) => a.where(a.less(j, 2), bool(i), a.equal(j, 2)),
    expected: other.map((value, k) => Number(value < 2 ? whole[k] < 1 : value === 2)),
  },
  "concatenate of float, int and bool": {
    fn: (x, i) => a.concatenate([x, i, bool(i)]),
    expected: [...real, ...whole, ...kinds.bool.values],
  },
  "stack of bool and int": { fn: (_, i) => a.stack([bool(i), i]), expected: [...kinds.bool.values, ...whole] },
  "clip of int": { fn: (_, i) => a.clip(i, -1, 2), expected: whole.map((value) => Math.min(Math.max(value, -1), 2)) },
  "neg of bool": { fn: (_, i) => a.neg(bool(i)), expected: kinds.bool.values.map((value) => 0 - value) },
  "sqrt of int": { fn: (_, i) => a.sqrt(a.mul(i, i)), expected: whole.map(Math.abs) },
  "sum of bool": { fn: (_, i) => a.sum(bool(i)), expected: [whole.filter((value) => value < 1).length] },
  "variance of int": { fn: (_, i) => a.variance(i), expected: [8.5] },
  "matmul of int": {
    fn: (_, i, j) => a.matmul(matrix(i), matrix(j)),
    expected: timesTranspose(
      whole,
      indices.map(([row, column]) => entry(other, column, row)),
    ),
  },
  "matmul of int and its transpose": {
    fn: (_, i) => a.matmul(matrix(i), a.transpose(matrix(i))),
    expected: timesTranspose(whole, whole),
  },
  "matmul of float and a transpose of int": {
    fn: (x, i) => a.matmul(matrix(x), a.transpose(matrix(i))),
    expected: timesTranspose(real, whole),
  },
  "matmul of int in batches": {
    fn: (_, i, j) => a.matmul(batch(i), a.transpose(batch(j), [0, 2, 1])),
    expected: [...timesTranspose(whole, other), ...timesTranspose(whole, other)],
  },
  "matmul of int with an addend": {
    fn: (_, i, j) => a.add(a.matmul(matrix(i), matrix(i)), matrix(j)),
    expected: timesTranspose(
      whole,
      indices.map(([row, column]) => entry(whole, column, row)),
    ).map((value, k) => value + other[k]),
  },
  "transpose of int, patches into channels": {
    fn: (_, i, j) => patches(i, j),
    expected: indices.flatMap(([p, q]) =>
      indices.map(([r, s]) => entry([...whole, ...other, ...other, ...whole], r, p, s, q)),
    ),
  },
  "convolve of int": {
    fn: (_, i, j) => a.convolve(a.reshape(i, [1, 1, 4]), a.reshape(j, [1, 1, 4])),
    expected: [whole.reduce((sum, value, k) => sum + value * other[k], 0)],
  },
};

/** Whether two numbers are equal but for rounding. */
const nearly = (x: number, y: number): boolean => x === y || Math.abs(x - y) < 1e-6 || (isNaN(x) && isNaN(y));

const pairs = Object.entries(kinds).flatMap(([first, x]) =>
  Object.entries(kinds)
    .filter(([second, y]) => first !== second && x.type + y.type > -2)
    .map(([second, y]) => ({ name: `${first} and ${second}`, x, y })),
);

/** Runs functions of the three inputs on an engine. */
async function runAll(
  backend: "onnx" | "jax",
  fns: Record<string, (...xs: a.NDArray[]) => a.NDArray>,
): Promise<Record<string, a.HostArray>> {
  const all = (x: a.NDArray, i: a.NDArray, j: a.NDArray) =>
    Object.fromEntries(Object.entries(fns).map(([name, fn]) => [name, fn(x, i, j)]));
  const compiled = await compile(all, [inputs[0], inputs[1], inputs[2]], { backend });
  const results = await compiled.run(inputs[0], inputs[1], inputs[2]);
  await compiled.dispose();
  return results;
}

describe.each(["onnx", "jax"] as const)("operands of several element types on %s", (backend) => {
  it.each(Object.entries(operations))("%s", async (_, { fn, value, bool = value, result }) => {
    const operandsOf = ({ x, y }: (typeof pairs)[number], xs: a.NDArray[]): Operands => [x.of(xs), y.of(xs)];
    const results = await runAll(
      backend,
      Object.fromEntries(pairs.map((pair) => [pair.name, (...xs: a.NDArray[]) => fn(...operandsOf(pair, xs))])),
    );
    for (const { name, x, y } of pairs) {
      const exact = x.type === 0 && y.type === 0 ? bool : value;
      const expected = x.values.map((each, i) => exact(each, y.values[i]));
      const { data } = results[name];
      const isFloat = result === "float32" || (result === undefined && (x.type === 2 || y.type === 2));
      expect(a.hostType(results[name]), name).toBe(isFloat ? "float32" : "int32");
      data.forEach((each, i) => expect(nearly(each, expected[i]), `${name}: ${each} for ${expected[i]}`).toBe(true));
    }
  });

  it.each(Object.entries(cases))("%s", async (name, { fn, expected }) => {
    const results = await runAll(backend, { [name]: fn });
    expect(Array.from(results[name].data, (value) => value + 0)).toEqual(expected);
  });

  it.each([
    ["mul", (i: a.NDArray) => a.mul(i, 0.5)],
    ["equal", (i: a.NDArray) => a.equal(i, 2.5)],
    ["add", (i: a.NDArray) => a.add(2 ** 31, i)],
    ["maximum", (i: a.NDArray) => a.clip(i, -Infinity, 2)],
    ["where", (i: a.NDArray) => a.where(a.less(i, 2), i, 0.5)],
    ["mul", (i: a.NDArray) => a.mul(a.less(i, 2), 0.5)],
  ])("%s refuses a number that is no integer beside integers", async (name, fn) => {
    const compiling = compile(fn, [inputs[1]], { backend }).then(({ run }) => run(inputs[1]));
    await expect(compiling).rejects.toThrow(InputError);
    await expect(compiling).rejects.toThrow(new RegExp(`${name}: the number .* toFloat`));
  });

  it("clip refuses a low limit above the high one", async () => {
    const compiling = compile((x: a.NDArray) => a.clip(x, 1, -1), [inputs[0]], { backend });
    await expect(compiling.then(({ run }) => run(inputs[0]))).rejects.toThrow(/clip: low is 1, more than high, -1/);
  });

  it("where refuses a condition of numbers", async () => {
    const compiling = compile((x: a.NDArray) => a.where(x, 1, 2), [inputs[0]], { backend });
    await expect(compiling.then(({ run }) => run(inputs[0]))).rejects.toThrow(/where: the condition .* float32/);
  });
});

it("float32 arrays and numbers need no conversion", async () => {
  const model = await toOnnx((x: a.NDArray) => a.div(a.mul(a.add(x, 1), a.exp(x)), 3), [inputs[0]]);
  expect(Buffer.from(model).includes("Cast")).toBe(false);
});
