import { describe, expect, it } from "vitest";
import * as a from "../../array/index.js";
import { compile } from "../compile.js";

type Fn = (...xs: a.NDArray[]) => a.NDArray;
interface Case {
  fn: Fn;
  shapes: number[][];
  /** Maps standard normal arguments to the function's domain. */
  domain?: (x: number) => number;
}

const positive = (x: number): number => 0.3 + Math.abs(x);
const unit = (x: number): number => Math.tanh(x) * 0.9;

/** Every operation of src/array and the primitives it traces to, with shapes that broadcast, permute and repeat. */
const cases: Record<string, Case> = {
  "add, broadcast": { fn: (x, y) => a.add(x, y), shapes: [[3, 4], [4]] },
  "sub, outer": {
    fn: (x, y) => a.sub(x, y),
    shapes: [
      [3, 1],
      [1, 4],
    ],
  },
  "mul, rank 1 by 3": { fn: (x, y) => a.mul(x, y), shapes: [[2, 3, 4], [4]] },
  div: {
    fn: (x, y) => a.div(x, y),
    shapes: [
      [3, 4],
      [3, 4],
    ],
    domain: positive,
  },
  "minimum and maximum": { fn: (x, y) => a.add(a.minimum(x, y), a.maximum(x, a.neg(y))), shapes: [[3, 4], [4]] },
  exp: { fn: (x) => a.exp(x), shapes: [[3, 4]] },
  log: { fn: (x) => a.log(x), shapes: [[3, 4]], domain: positive },
  sqrt: { fn: (x) => a.sqrt(x), shapes: [[3, 4]], domain: positive },
  reciprocal: { fn: (x) => a.reciprocal(x), shapes: [[3, 4]], domain: positive },
  "sin and cos": { fn: (x) => a.mul(a.sin(x), a.cos(x)), shapes: [[3, 4]] },
  erf: { fn: (x) => a.erf(x), shapes: [[3, 4]] },
  clip: { fn: (x) => a.clip(a.square(x), 0.2, 1), shapes: [[3, 4]] },
  abs: { fn: (x) => a.abs(x), shapes: [[3, 4]] },
  where: { fn: (x, y) => a.where(a.less(x, y), a.square(x), a.mul(x, y)), shapes: [[3, 4], [4]] },
  "compare and cast": { fn: (x, y) => a.mul(x, a.toFloat(a.equal(a.less(x, y), a.less(y, 0)))), shapes: [[3, 4], [4]] },
  sigmoid: { fn: (x) => a.sigmoid(x), shapes: [[3, 4]] },
  silu: { fn: (x) => a.silu(x), shapes: [[3, 4]] },
  softplus: { fn: (x) => a.softplus(x), shapes: [[3, 4]] },
  tanh: { fn: (x) => a.tanh(x), shapes: [[3, 4]] },
  gelu: { fn: (x) => a.gelu(x), shapes: [[3, 4]] },
  softmax: { fn: (x) => a.softmax(x), shapes: [[3, 4]] },
  "log-sum-exp": { fn: (x) => a.logSumExp(x, 1), shapes: [[3, 4]] },
  "sum over the middle": { fn: (x) => a.sum(a.square(x), 1), shapes: [[2, 3, 4]] },
  "sum of a transpose": { fn: (x) => a.sum(a.transpose(a.square(x), [2, 0, 1]), [0, 2]), shapes: [[2, 3, 4]] },
  "mean, variance": { fn: (x) => a.variance(x, [1, 2], true), shapes: [[2, 3, 4]] },
  max: { fn: (x) => a.max(x, 1), shapes: [[3, 4]] },
  reshape: { fn: (x) => a.square(a.reshape(a.transpose(x, [1, 0, 2]), [3, 8])), shapes: [[2, 3, 4]] },
  "transpose chain": {
    fn: (x, y) => a.add(a.transpose(a.square(x)), y),
    shapes: [
      [3, 4],
      [4, 3],
    ],
  },
  "broadcast then reshape": {
    fn: (x) => a.square(a.reshape(a.broadcastTo(a.reshape(x, [3, 1, 4]), [3, 2, 4]), [6, 4])),
    shapes: [[3, 4]],
  },
  concatenate: {
    fn: (x, y) => a.square(a.concatenate([x, a.transpose(y)], 1)),
    shapes: [
      [3, 4],
      [2, 3],
    ],
  },
  stack: {
    fn: (x, y) => a.square(a.stack([x, y], 1)),
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  slice: { fn: (x) => a.square(a.sliceAxis(a.transpose(x), 0, 1, 3)), shapes: [[3, 4]] },
  split: { fn: (x) => a.mul(...(a.splitAxis(x, 2, -1) as [a.NDArray, a.NDArray])), shapes: [[3, 4]] },
  pad: {
    fn: (x) =>
      a.square(
        a.pad(a.transpose(x), [
          [1, 2],
          [0, 1],
        ]),
      ),
    shapes: [[3, 4]],
  },
  "pad an axis of one": {
    fn: (x) =>
      a.square(
        a.pad(x, [
          [1, 1],
          [0, 0],
        ]),
      ),
    shapes: [[1, 4]],
  },
  flip: { fn: (x) => a.mul(a.flip(x, 1), x), shapes: [[3, 4]] },
  "take rows": { fn: (x) => a.square(a.take(x, a.constant(indices), 0)), shapes: [[3, 4]] },
  "take columns": { fn: (x) => a.square(a.take(x, a.constant(indices), 1)), shapes: [[2, 3, 4]] },
  matmul: {
    fn: (x, y) => a.matmul(x, y),
    shapes: [
      [3, 4],
      [4, 5],
    ],
  },
  "matmul of transposes": {
    fn: (x, y) => a.matmul(a.transpose(x), a.transpose(y)),
    shapes: [
      [4, 3],
      [5, 4],
    ],
  },
  "matmul, batch by matrix": {
    fn: (x, y) => a.matmul(x, y),
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  "matmul, matrix by batch": {
    fn: (x, y) => a.matmul(x, y),
    shapes: [
      [3, 4],
      [2, 4, 5],
    ],
  },
  "matmul, two batches": {
    fn: (x, y) => a.matmul(x, y),
    shapes: [
      [2, 3, 4],
      [2, 4, 5],
    ],
  },
  "matmul, vector": {
    fn: (x, y) => a.matmul(x, y),
    shapes: [
      [3, 4],
      [4, 1],
    ],
  },
  attention: {
    fn: (q, k, v) => {
      const heads = (x: a.NDArray): a.NDArray => a.transpose(x, [0, 2, 1, 3]);
      const scores = a.matmul(heads(q), a.transpose(k, [0, 2, 3, 1]));
      return heads(a.matmul(a.softmax(scores), heads(v)));
    },
    shapes: [
      [2, 3, 2, 4],
      [2, 3, 2, 4],
      [2, 3, 2, 4],
    ],
  },
  convolution: {
    fn: (x, k) => a.convolve(x, k, { padding: 1 }),
    shapes: [
      [2, 3, 5, 6],
      [4, 3, 3, 3],
    ],
  },
  "convolution, large": {
    fn: (x, k) => a.convolve(x, k, { padding: 1 }),
    shapes: [
      [2, 3, 9, 8],
      [2, 3, 3, 3],
    ],
  },
  "convolution, many channels": {
    fn: (x, k) => a.convolve(x, k, { padding: 1 }),
    shapes: [
      [2, 9, 7, 8],
      [11, 9, 3, 3],
    ],
  },
  "convolution, fewer channels out than in": {
    fn: (x, k) =>
      a.convolve(x, k, {
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
    shapes: [
      [2, 10, 7, 8],
      [9, 10, 3, 2],
    ],
  },
  "convolution, one channel out": {
    fn: (x, k) => a.convolve(x, k, { padding: 1 }),
    shapes: [
      [2, 9, 7, 8],
      [1, 9, 3, 3],
    ],
  },
  "convolution, channels in blocks": {
    fn: (x, k, b) => a.add(a.convolve(x, k, { padding: 1 }), a.reshape(b, [-1, 1, 1])),
    shapes: [[16, 16, 5, 6], [32, 16, 3, 3], [32]],
  },
  "convolution, channels in blocks, stride 2": {
    fn: (x, k) => a.convolve(x, k, { stride: 2, padding: 1 }),
    shapes: [
      [16, 16, 6, 6],
      [16, 16, 3, 3],
    ],
  },
  "convolution, one axis": {
    fn: (x, k) => a.convolve(x, k, { padding: 1 }),
    shapes: [
      [2, 9, 12],
      [9, 9, 3],
    ],
  },
  "convolution, 1x1": {
    fn: (x, k) => a.convolve(x, k),
    shapes: [
      [2, 3, 5, 6],
      [4, 3, 1, 1],
    ],
  },
  "convolution, stride 2": {
    fn: (x, k) => a.convolve(x, k, { stride: 2, padding: 1 }),
    shapes: [
      [2, 3, 6, 8],
      [4, 3, 3, 3],
    ],
  },
  "convolution, patches": {
    fn: (x, k) => a.convolve(x, k, { stride: 2 }),
    shapes: [
      [2, 3, 6, 8],
      [4, 3, 2, 2],
    ],
  },
  "convolution, dilated": {
    fn: (x, k) => a.convolve(x, k, { kernelDilation: 2, padding: 2 }),
    shapes: [
      [2, 3, 7, 8],
      [4, 3, 3, 3],
    ],
  },
  "convolution, grouped": {
    fn: (x, k) => a.convolve(x, k, { groups: 2, padding: 1 }),
    shapes: [
      [2, 4, 5, 6],
      [6, 2, 3, 3],
    ],
  },
  "convolution, transposed": {
    fn: (x, k) =>
      a.convolve(x, k, {
        imageDilation: 2,
        padding: [
          [2, 1],
          [2, 1],
        ],
      }),
    shapes: [
      [2, 3, 4, 5],
      [4, 3, 3, 3],
    ],
  },
  "Fourier transform": {
    fn: (x, y) => {
      const { real, imag } = a.fourierTransform2d({ real: x, imag: y });
      const back = a.inverseFourierTransform2d({ real: a.square(real), imag });
      return a.add(a.add(a.square(real), a.square(imag)), a.mul(back.real, back.imag));
    },
    shapes: [
      [2, 4, 6],
      [2, 4, 6],
    ],
    domain: unit,
  },
};

const indices: a.HostArray = { shape: [3], data: Int32Array.from([2, 0, 2]) };

/** Value, JVP, gradient and gradient of the JVP of a function, each as one function of arrays. */
function derivatives(fn: Fn, count: number): Record<string, (...xs: a.NDArray[]) => a.NDArray[]> {
  const weigh = (y: a.NDArray): a.NDArray => a.sum(a.mul(y, a.sin(a.add(y, 0.3))));
  const tangent = (...xs: a.NDArray[]): a.NDArray => a.jvp(fn, xs.slice(0, count), xs.slice(count))[1];
  const gradientOf =
    (of: (...xs: a.NDArray[]) => a.NDArray) =>
    (...xs: a.NDArray[]) => [
      ...a.gradient((arguments_: readonly a.NDArray[]) => weigh(of(...arguments_, ...xs.slice(arguments_.length))))(
        xs.slice(0, count),
      ),
    ];
  return {
    value: (...xs) => [fn(...xs.slice(0, count))],
    jvp: (...xs) => [tangent(...xs)],
    gradient: gradientOf((...xs) => fn(...xs.slice(0, count))),
    "gradient of the jvp": gradientOf(tangent),
  };
}

describe.each(Object.entries(cases))("onnx engine: %s", (name, { fn, shapes, domain = (x) => x }) => {
  it.each(["value", "jvp", "gradient", "gradient of the jvp"])("%s equals jax-js's", async (kind) => {
    const random = a.randomSource(3, name);
    const primals = shapes.map((shape) => {
      const { data } = random.normalArray(shape);
      return { shape, data: (data as Float32Array).map(domain) };
    });
    const arguments_ = [...primals, ...shapes.map((shape) => random.normalArray(shape))];
    const traced = derivatives(fn, shapes.length)[kind];
    const [onnx, jax] = await Promise.all(
      (["onnx", "jax"] as const).map(async (backend) => {
        const compiled = await compile(traced, arguments_, { backend });
        return await compiled.run(...arguments_);
      }),
    );
    onnx.forEach(({ shape, data }, i) => {
      expect(shape).toEqual(jax[i].shape);
      const scale = Math.max(...jax[i].data.map(Math.abs), 1e-3);
      data.forEach((value, k) => expect(Math.abs(value - jax[i].data[k]) / scale).toBeLessThan(2e-5));
    });
  });
});
