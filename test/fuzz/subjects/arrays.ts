import fc from "fast-check";
import * as array from "../../../src/public/array.js";
import { type HostArray, hostArray, type NDArray, sizeOf } from "../../../src/public/array.js";
import { ofFunction, type Subject } from "../subject.js";
import { notTraced, raw, traced } from "../traced.js";
import {
  array as arrayOf,
  differs,
  finite,
  float32,
  integer,
  notFunction,
  notHostArray,
  notNumber,
  notNumbersList,
  notShape,
  shape,
} from "../values.js";

const same = (what: string, got: HostArray, wanted: readonly number[], tolerance = 1e-4): string | undefined => {
  if (got.data.length !== wanted.length) return `${what} has ${got.data.length} values, not ${wanted.length}`;
  return Array.from(got.data, (value, i) => differs(`${what}[${i}]`, value, wanted[i], tolerance, tolerance)).find(
    (wrong) => wrong !== undefined,
  );
};
const matrix = fc.tuple(integer(1, 4), integer(1, 4)).chain((sides) => arrayOf(sides));
const pair = fc.tuple(integer(2, 4), integer(2, 4)).chain((sides) => fc.tuple(arrayOf(sides), arrayOf(sides)));

const unary: Subject[] = Object.entries({
  neg: (x: number) => -x,
  exp: Math.exp,
  sin: Math.sin,
  cos: Math.cos,
  square: (x: number) => x * x,
  abs: Math.abs,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  silu: (x: number) => x / (1 + Math.exp(-x)),
  softplus: (x: number) => Math.log1p(Math.exp(x)),
  tanh: Math.tanh,
  gelu: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  stopGradient: (x: number) => x,
  toFloat: (x: number) => x,
}).map(([name, naive]) =>
  ofFunction({
    name: `array.${name}`,
    weight: 0.3,
    call: traced(array[name as "exp"]) as (x: HostArray) => Promise<HostArray>,
    valid: fc.tuple(matrix),
    wrong: [notTraced()],
    holds: (result, x) => same("the result", result, Array.from(x.data, naive)),
  }),
);

const binary: Subject[] = Object.entries({
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  minimum: Math.min,
  maximum: Math.max,
}).map(([name, naive]) =>
  ofFunction({
    name: `array.${name}`,
    weight: 0.5,
    call: traced(array[name as "add"]) as (a: HostArray, b: HostArray) => Promise<HostArray>,
    valid: pair,
    wrong: [notTraced([5, 7], [3, 5, 7]), notTraced([5, 7])],
    holds: (result, a, b) =>
      same(
        "the result",
        result,
        Array.from(a.data, (value, i) => naive(value, b.data[i])),
      ),
  }),
);

const total = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, v) => sum + v, 0);
const notAxis = raw(() =>
  fc.constantFrom<unknown[]>(2, -3, 1.5, NaN, Infinity, "0", {}, [0, 0], [5], Symbol("s"), [[]]),
);

const others: Subject[] = [
  ofFunction({
    name: "array.sum",
    call: traced(array.sum) as (x: HostArray, axes: number | null) => Promise<HostArray>,
    valid: fc.tuple(matrix, fc.constantFrom(null, 0, 1, -1)),
    wrong: [notTraced(), notAxis],
    holds: (result, x) => differs("the total", total(result.data), total(x.data), 1e-4, 1e-4),
  }),
  ofFunction({
    name: "array.variance",
    call: traced(array.variance) as (x: HostArray, axes: number | null) => Promise<HostArray>,
    valid: fc.tuple(matrix, fc.constantFrom(null, 0, 1)),
    wrong: [notTraced(), notAxis],
    holds: (result) => (result.data.every((value) => value >= 0) ? undefined : "a variance is below 0"),
  }),
  ofFunction({
    name: "array.softmax",
    call: traced(array.softmax) as (x: HostArray, axis: number) => Promise<HostArray>,
    valid: fc.tuple(matrix, fc.constantFrom(0, 1, -1)),
    wrong: [notTraced(), notAxis],
    holds: (result, x, axis) => differs("the total", total(result.data), x.shape[axis === 0 ? 1 : 0], 1e-4),
  }),
  ofFunction({
    name: "array.reshape",
    call: traced(array.reshape) as (x: HostArray, to: readonly number[]) => Promise<HostArray>,
    valid: matrix.map((x): [HostArray, number[]] => [x, [...x.shape].reverse()]),
    wrong: [
      notTraced(),
      raw(() =>
        fc.constantFrom<unknown[]>([7, 11], [-1, -1], [NaN], [1.5, 2], "4", null, undefined, [-2], {}, [2 ** 40]),
      ),
    ],
    holds: (result, x) => same("the result", result, Array.from(x.data)),
  }),
  ofFunction({
    name: "array.transpose",
    call: traced(array.transpose) as (x: HostArray, order: readonly number[]) => Promise<HostArray>,
    valid: matrix.map((x): [HostArray, number[]] => [x, [1, 0]]),
    wrong: [
      notTraced(),
      raw(() => fc.constantFrom<unknown[]>([0], [0, 0], [0, 2], [0, 1, 2], [0.5, 1], "10", {}, 7, [null, 1])),
    ],
    holds: (result, x) => {
      const [n, m] = x.shape;
      return same(
        "the result",
        result,
        Array.from({ length: n * m }, (_, i) => x.data[(i % n) * m + Math.floor(i / n)]),
      );
    },
  }),
  ofFunction({
    name: "array.concatenate",
    call: traced((a: NDArray, b: NDArray, axis: number) => array.concatenate([a, b], axis)) as (
      a: HostArray,
      b: HostArray,
      axis: number,
    ) => Promise<HostArray>,
    valid: fc
      .tuple(pair, fc.constantFrom(0, 1, -1))
      .map(([[a, b], axis]): [HostArray, HostArray, number] => [a, b, axis]),
    wrong: [notTraced([5, 7], [2]), notTraced([5, 7], [2, 2, 2]), notAxis],
    holds: (result, a, b) => differs("the total", total(result.data), total(a.data) + total(b.data), 1e-4, 1e-4),
  }),
  ofFunction({
    name: "array.sliceAxis",
    call: traced(array.sliceAxis) as (x: HostArray, axis: number, start: number, stop: number) => Promise<HostArray>,
    valid: matrix.map((x): [HostArray, number, number, number] => [x, 0, 0, x.shape[0]]),
    wrong: [
      notTraced(),
      notAxis,
      raw(notNumber({ min: 0, max: 4, whole: true })),
      raw(notNumber({ min: 0, max: 4, whole: true })),
    ],
    holds: (result, x) => same("the result", result, Array.from(x.data)),
  }),
  ofFunction({
    name: "array.splitAxis",
    call: traced((x: NDArray, parts: number, axis: number) => array.splitAxis(x, parts, axis)[0]) as (
      x: HostArray,
      parts: number,
      axis: number,
    ) => Promise<HostArray>,
    valid: arrayOf([4, 6]).map((x): [HostArray, number, number] => [x, 2, 1]),
    wrong: [notTraced(), raw(notNumber({ min: 1, max: 6, whole: true })), notAxis],
  }),
  ofFunction({
    name: "array.pad",
    call: traced(array.pad) as (x: HostArray, widths: [number, number][]) => Promise<HostArray>,
    valid: matrix.map((x): [HostArray, [number, number][]] => [
      x,
      [
        [1, 0],
        [0, 2],
      ],
    ]),
    wrong: [
      notTraced(),
      raw(() =>
        fc.constantFrom<unknown[]>(
          [[1, 1]],
          [[1], [1]],
          [
            [-1, 0],
            [0, 0],
          ],
          [
            [0.5, 0],
            [0, 0],
          ],
          "1",
          null,
          undefined,
          {},
          [1, 1],
          [
            [NaN, 0],
            [0, 0],
          ],
        ),
      ),
    ],
    holds: (result, x) => differs("the total", total(result.data), total(x.data), 1e-4, 1e-4),
  }),
  ofFunction({
    name: "array.take",
    call: traced((x: NDArray, axis: number) =>
      array.take(x, array.constant(hostArray(Int32Array.of(0), [1])), axis),
    ) as (x: HostArray, axis: number) => Promise<HostArray>,
    valid: fc.tuple(matrix, fc.constantFrom(0, 1)),
    wrong: [notTraced(), notAxis],
  }),
  ofFunction({
    name: "array.matmul",
    call: traced(array.matmul) as (a: HostArray, b: HostArray) => Promise<HostArray>,
    valid: fc
      .tuple(integer(1, 4), integer(1, 4), integer(1, 4))
      .chain(([n, k, m]) => fc.tuple(arrayOf([n, k]), arrayOf([k, m]))),
    wrong: [notTraced([3, 7], [2, 7, 9]), notTraced([7, 3], [])],
    holds: (result, a, b) => {
      const [n, k] = a.shape;
      const m = b.shape[1];
      const naive = Array.from({ length: n * m }, (_, at) => {
        const [row, column] = [Math.floor(at / m), at % m];
        return Array.from({ length: k }, (_k, i) => a.data[row * k + i] * b.data[i * m + column]).reduce(
          (s, v) => s + v,
          0,
        );
      });
      return same("the product", result, naive);
    },
  }),
  ofFunction({
    name: "array.convolve",
    call: traced(array.convolve) as (
      x: HostArray,
      kernel: HostArray,
      options: array.ConvolutionOptions,
    ) => Promise<HostArray>,
    valid: fc.tuple(
      arrayOf([2, 2, 5, 5]),
      arrayOf([3, 2, 3, 3]),
      fc.record({ padding: integer(0, 2), stride: integer(1, 2) }),
    ),
    wrong: [
      notTraced([2, 3, 5, 5], [5, 5], [2, 2, 5]),
      notTraced([3, 3, 3, 3], [3, 3]),
      raw(() =>
        fc.constantFrom<unknown[]>(
          null,
          "foo",
          7,
          { stride: 0 },
          { stride: 1.5 },
          { padding: 1.5 },
          { padding: [[1, 1]] },
          { pading: 1 },
          { groups: 3 },
          { groups: 0 },
          { padding: -9 },
          { kernelDilation: 0 },
          { padding: "1" },
        ),
      ),
    ],
    holds: ({ shape: got }, _x, _kernel, { padding, stride }) => {
      const side = Math.floor((5 + 2 * padding - 3) / stride) + 1;
      return got.join() === `2,3,${side},${side}` ? undefined : `the result is [${got.join(", ")}]`;
    },
  }),
  ofFunction({
    name: "array.cosineTransform",
    call: traced((x: NDArray) => array.inverseCosineTransform(array.cosineTransform(x), x.shape.slice(1))) as (
      x: HostArray,
    ) => Promise<HostArray>,
    valid: fc.tuple(
      fc.tuple(integer(1, 2), integer(1, 3), integer(1, 5), integer(1, 5)).chain((sides) => arrayOf(sides)),
    ),
    wrong: [notTraced([4, 4], [4], [1, 1, 4, 4, 4])],
    holds: (result, x) => same("there and back", result, Array.from(x.data)),
  }),
  ofFunction({
    name: "array.hostArray",
    call: array.hostArray,
    valid: shape().chain((of) => fc.tuple(float32(sizeOf(of)), fc.constant(of))),
    wrong: [notNumbersList({ shorter: true, values: false }), notShape({})],
    holds: (made, data, of) =>
      made.data === data && made.shape.join() === of.join() ? undefined : "it is another array",
  }),
  ofFunction({
    name: "array.hostFull",
    call: array.hostFull,
    valid: fc.tuple(shape(), finite()),
    wrong: [notShape(), notNumber({ infinite: true })],
    holds: ({ data }, of, value) =>
      data.length === sizeOf(of) && data.every((v) => v === Math.fround(value)) ? undefined : "it is not full",
  }),
  ofFunction({ name: "array.hostZeros", call: array.hostZeros, valid: fc.tuple(shape()), wrong: [notShape()] }),
  ofFunction({
    name: "array.firstRows",
    call: array.firstRows,
    valid: fc.tuple(matrix, integer(0, 6)),
    wrong: [notHostArray({ values: false }), notNumber({ min: 0, whole: true })],
    holds: (rows, x, wanted) =>
      rows.shape[0] === Math.min(wanted, x.shape[0]) ? undefined : `there are ${rows.shape[0]} rows`,
  }),
  ofFunction({
    name: "array.takeRows",
    call: array.takeRows,
    valid: matrix.chain((x) => fc.tuple(fc.constant(x), fc.array(integer(0, x.shape[0] - 1), { maxLength: 5 }))),
    wrong: [
      notHostArray({ values: false }),
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          {},
          [9],
          [-1],
          [0.5],
          [NaN],
          ["0"],
          [undefined],
          Symbol("s"),
          new BigInt64Array(1),
          { length: 1 },
        ),
    ],
    holds: (taken, x, rows) => {
      const size = x.shape[1];
      return same(
        "the rows",
        taken,
        rows.flatMap((row) => Array.from(x.data.subarray(row * size, (row + 1) * size))),
      );
    },
  }),
  ofFunction({
    name: "array.inBatches",
    call: array.inBatches,
    valid: fc.tuple(
      integer(1, 9),
      integer(1, 4),
      fc.constant(async (rows: Int32Array) => hostArray(Float32Array.from(rows), [rows.length])),
    ),
    wrong: [notNumber({ min: 1, whole: true }), notNumber({ min: 1, whole: true }), notFunction()],
    holds: (rows, count) =>
      same(
        "the rows",
        rows as HostArray,
        Array.from({ length: count }, (_, i) => i),
      ),
  }),
  ofFunction({
    name: "array.randomSource",
    call: (seed: number, of: readonly number[]) => array.randomSource(seed, "a").normalArray(of),
    valid: fc.tuple(integer(0, 1000), shape()),
    wrong: [notNumber({ whole: true }), notShape()],
    holds: ({ data }, seed, of) =>
      same("drawn again", array.randomSource(seed, "a").normalArray(of), Array.from(data), 0),
  }),
  ofFunction({
    name: "array.cosineMatrix",
    call: array.cosineMatrix,
    valid: fc.tuple(integer(1, 12)),
    wrong: [notNumber({ min: 1, whole: true, max: 32_768 })],
    holds: ({ data }, n) => differs("the first row's length", Math.hypot(...data.subarray(0, n)), 1, 1e-5),
  }),
];

/** Functions of arrays. */
export const arraySubjects: Subject[] = [...unary, ...binary, ...others];
