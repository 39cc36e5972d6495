import { describe, expect, it } from "vitest";
import { hostArray, type HostArray, hostFull, hostZeros, type NDArray, randomSource } from "../array/index.js";
import { compile, type Example } from "../compile/index.js";
import {
  attention,
  convolution,
  depthToSpace,
  film,
  groupNorm,
  initialiseAttention,
  initialiseFilm,
  initialiseLinear,
  labelEmbedding,
  layerNorm,
  linear,
  normalInitialiser,
  patchify,
  rootMeanSquareNorm,
  spaceToDepth,
  timeFeatures,
  uniformByFanIn,
  unpatchify,
  xavierUniform,
} from "./index.js";

const random = randomSource(3, "layers");

/** Runs a traced function once. */
async function evaluate<Args extends readonly unknown[]>(
  fn: (...args: Args) => NDArray,
  ...args: { [K in keyof Args]: Example<Args[K]> & object }
): Promise<HostArray> {
  const compiled = await compile(fn, args, { backend: "jax" });
  const run = compiled.run as unknown as (...args: unknown[]) => Promise<HostArray>;
  try {
    return await run(...args);
  } finally {
    await compiled.dispose();
  }
}

function expectClose(actual: HostArray, shape: number[], expected: (index: number[]) => number): void {
  expect(actual.shape).toEqual(shape);
  actual.data.forEach((value, flat) => {
    const index = shape.map((length, axis) => {
      const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
      return Math.floor(flat / inner) % length;
    });
    expect(Math.abs(value - expected(index)), `at [${index.join(", ")}]`).toBeLessThan(2e-5);
  });
}

const at = ({ shape, data }: HostArray, ...index: number[]): number =>
  data[index.reduce((flat, i, axis) => flat * shape[axis] + i, 0)];

const sumOver = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((sum, value) => sum + value, 0);

describe("linear", () => {
  it("is x W^T + b along the last axis of any array", async () => {
    const x = random.normalArray([2, 3, 4]);
    const weight = random.normalArray([5, 4]);
    const bias = random.normalArray([5]);
    const y = await evaluate((w: { weight: NDArray; bias: NDArray }, x: NDArray) => linear(w, x), { weight, bias }, x);
    expectClose(y, [2, 3, 5], ([b, n, o]) => at(bias, o) + sumOver(4, (i) => at(x, b, n, i) * at(weight, o, i)));
  });
});

describe("convolution", () => {
  it.each([
    { stride: 1, size: 5 },
    { stride: 2, size: 3 },
  ])("correlates with zero padding and adds the bias (stride $stride)", async ({ stride, size }) => {
    const x = random.normalArray([2, 3, 5, 5]);
    const weight = random.normalArray([4, 3, 3, 3]);
    const bias = random.normalArray([4]);
    const y = await evaluate(
      (w: { weight: NDArray; bias: NDArray }, x: NDArray) => convolution(w, x, { stride }),
      { weight, bias },
      x,
    );
    const pixel = (b: number, c: number, row: number, column: number): number =>
      row < 0 || column < 0 || row > 4 || column > 4 ? 0 : at(x, b, c, row, column);
    expectClose(
      y,
      [2, 4, size, size],
      ([b, o, row, column]) =>
        at(bias, o) +
        sumOver(27, (k) => {
          const [c, i, j] = [Math.floor(k / 9), Math.floor(k / 3) % 3, k % 3];
          return at(weight, o, c, i, j) * pixel(b, c, row * stride + i - 1, column * stride + j - 1);
        }),
    );
  });

  it("keeps an image's size with a kernel whose sides differ", async () => {
    const x = random.normalArray([1, 1, 6, 7]);
    const weight = random.normalArray([1, 1, 3, 5]);
    const y = await evaluate(
      (w: { weight: NDArray; bias: NDArray }, x: NDArray) => convolution(w, x),
      { weight, bias: hostArray([0.5], [1]) },
      x,
    );
    const pixel = (row: number, column: number): number =>
      row < 0 || column < 0 || row > 5 || column > 6 ? 0 : at(x, 0, 0, row, column);
    expectClose(
      y,
      [1, 1, 6, 7],
      ([, , row, column]) =>
        sumOver(15, (k) => {
          const [i, j] = [Math.floor(k / 5), k % 5];
          return at(weight, 0, 0, i, j) * pixel(row + i - 1, column + j - 2);
        }) + 0.5,
    );
  });

  it("asks for the padding of an even kernel", async () => {
    const layer = { weight: random.normalArray([1, 1, 2, 2]), bias: random.normalArray([1]) };
    const x = random.normalArray([1, 1, 4, 4]);
    const given = evaluate((w: { weight: NDArray; bias: NDArray }, y: NDArray) => convolution(w, y), layer, x);
    await expect(given).rejects.toThrow(/kernel of \[2, 2\]: give padding/);
  });
});

describe("normalisation", () => {
  const moments = (values: number[]): [number, number] => {
    const mean = sumOver(values.length, (i) => values[i]) / values.length;
    return [mean, sumOver(values.length, (i) => (values[i] - mean) ** 2) / values.length];
  };

  it("of layers, with and without gain and offset", async () => {
    const x = random.normalArray([3, 6]);
    const weight = random.normalArray([6]);
    const bias = random.normalArray([6]);
    const expected = ([n, d]: number[]): number => {
      const [mean, variance] = moments(Array.from({ length: 6 }, (_, i) => at(x, n, i)));
      return (at(x, n, d) - mean) / Math.sqrt(variance + 1e-6);
    };
    expectClose(await evaluate((x: NDArray) => layerNorm(x), x), [3, 6], expected);
    const affine = await evaluate(
      (w: { weight: NDArray; bias: NDArray }, x: NDArray) => layerNorm(x, w),
      { weight, bias },
      x,
    );
    expectClose(affine, [3, 6], ([n, d]) => expected([n, d]) * at(weight, d) + at(bias, d));
  });

  it.each([{ gains: [4] }, { gains: [2, 4] }])("of groups, gains of shape $gains", async ({ gains }) => {
    const x = random.normalArray([2, 4, 2, 3]);
    const weight = random.normalArray(gains);
    const bias = random.normalArray(gains);
    const y = await evaluate(
      (w: { weight: NDArray; bias: NDArray }, x: NDArray) => groupNorm(w, x, 2),
      { weight, bias },
      x,
    );
    const own = (array: HostArray, b: number, c: number): number => at(array, ...(gains.length === 1 ? [c] : [b, c]));
    expectClose(y, [2, 4, 2, 3], ([b, c, i, j]) => {
      const first = c < 2 ? 0 : 2;
      const [mean, variance] = moments(
        Array.from({ length: 12 }, (_, k) => at(x, b, first + Math.floor(k / 6), Math.floor(k / 3) % 2, k % 3)),
      );
      return ((at(x, b, c, i, j) - mean) / Math.sqrt(variance + 1e-5)) * own(weight, b, c) + own(bias, b, c);
    });
  });

  it("by the root mean square", async () => {
    const x = random.normalArray([2, 3]);
    const scale = random.normalArray([3]);
    const y = await evaluate((x: NDArray, scale: NDArray) => rootMeanSquareNorm(x, scale), x, scale);
    expectClose(y, [2, 3], ([n, d]) => {
      const square = sumOver(3, (i) => at(x, n, i) ** 2) / 3;
      return (at(x, n, d) / Math.sqrt(square + 1e-6)) * at(scale, d);
    });
  });
});

describe("attention", () => {
  it.each([false, true])("mixes values by the softmax of q k (norm of queries and keys: %s)", async (queryKeyNorm) => {
    const [tokens, size, heads] = [3, 4, 2];
    const parameters = initialiseAttention(random, size, heads, { queryKeyNorm, initialiser: normalInitialiser(0.7) });
    const x = random.normalArray([2, tokens, size]);
    const y = await evaluate(
      (x: NDArray, qkv: NDArray, zero: NDArray, proj: NDArray, short: NDArray, scale: NDArray) =>
        attention(
          {
            qkv: { weight: qkv, bias: zero },
            proj: { weight: proj, bias: short },
            ...(queryKeyNorm ? { q_norm: { scale }, k_norm: { scale } } : {}),
          },
          x,
          heads,
        ),
      x,
      parameters.qkv.weight,
      parameters.qkv.bias,
      parameters.proj.weight,
      parameters.proj.bias,
      hostFull([2], 1.5),
    );
    const project = (b: number, n: number, row: number): number =>
      sumOver(size, (i) => at(parameters.qkv.weight, row, i) * at(x, b, n, i));
    const part = (which: number, b: number, n: number, head: number): number[] => {
      const vector = [0, 1].map((d) => project(b, n, which * size + head * 2 + d));
      if (!queryKeyNorm || which === 2) return vector;
      const deviation = Math.sqrt((vector[0] ** 2 + vector[1] ** 2) / 2 + 1e-6);
      return vector.map((value) => (value / deviation) * 1.5);
    };
    const mixed = (b: number, n: number, channel: number): number => {
      const head = Math.floor(channel / 2);
      const query = part(0, b, n, head);
      const weights = Array.from({ length: tokens }, (_, m) => {
        const key = part(1, b, m, head);
        return Math.exp((query[0] * key[0] + query[1] * key[1]) / Math.sqrt(2));
      });
      const total = sumOver(tokens, (m) => weights[m]);
      return sumOver(tokens, (m) => (weights[m] / total) * part(2, b, m, head)[channel % 2]);
    };
    expectClose(y, [2, tokens, size], ([b, n, o]) =>
      sumOver(size, (i) => at(parameters.proj.weight, o, i) * mixed(b, n, i)),
    );
  });
});

describe("embeddings", () => {
  it("turn a time into cosines, then sines, of falling frequency", async () => {
    const t = hostArray([0, 0.3, 1], [3]);
    const y = await evaluate((t: NDArray) => timeFeatures(t, 8), t);
    expectClose(y, [3, 8], ([b, i]) => {
      const angle = at(t, b) * 10_000 ** (-(i % 4) / 4);
      return i < 4 ? Math.cos(angle) : Math.sin(angle);
    });
  });

  it("look up a label's row, the last row included", async () => {
    const table = random.normalArray([4, 3]);
    const labels = hostArray(new Int32Array([3, 0, 2]), [3]);
    const y = await evaluate((table: NDArray, labels: NDArray) => labelEmbedding(table, labels), table, labels);
    expectClose(y, [3, 3], ([b, d]) => at(table, labels.data[b], d));
  });
});

describe("FiLM", () => {
  it("starts as the identity whatever the embedding", async () => {
    const x = random.normalArray([2, 3, 2, 2]);
    const { fc } = initialiseFilm(random, 5, 3);
    const y = await evaluate(
      (weight: NDArray, bias: NDArray, x: NDArray, e: NDArray) => film({ fc: { weight, bias } }, x, e),
      fc.weight,
      fc.bias,
      x,
      random.normalArray([2, 5]),
    );
    expectClose(y, [2, 3, 2, 2], (index) => at(x, ...index));
  });

  it("multiplies by the first half of its layer's output and adds the second", async () => {
    const x = random.normalArray([2, 3, 2, 2]);
    const bias = random.normalArray([6]);
    const y = await evaluate(
      (weight: NDArray, bias: NDArray, x: NDArray, e: NDArray) => film({ fc: { weight, bias } }, x, e),
      hostZeros([6, 5]),
      bias,
      x,
      random.normalArray([2, 5]),
    );
    expectClose(y, [2, 3, 2, 2], ([b, c, i, j]) => at(x, b, c, i, j) * at(bias, c) + at(bias, c + 3));
  });
});

describe("patches", () => {
  const x = random.normalArray([2, 3, 4, 6]);

  it("hold (channel, row, column) and go back from (row, column, channel)", async () => {
    const tokens = await evaluate((x: NDArray) => patchify(x, 2), x);
    const place = (n: number): [number, number] => [2 * Math.floor(n / 3), 2 * (n % 3)];
    expectClose(tokens, [2, 6, 12], ([b, n, k]) => {
      const [row, column] = place(n);
      return at(x, b, Math.floor(k / 4), row + (Math.floor(k / 2) % 2), column + (k % 2));
    });
    const image = await evaluate((tokens: NDArray) => unpatchify(tokens, 2, 4, 6), tokens);
    expectClose(image, [2, 3, 4, 6], ([b, c, row, column]) => {
      const n = 3 * Math.floor(row / 2) + Math.floor(column / 2);
      return at(tokens, b, n, (2 * (row % 2) + (column % 2)) * 3 + c);
    });
  });

  it("move into channels and back", async () => {
    const deep = await evaluate((x: NDArray) => spaceToDepth(x, 2), x);
    expectClose(deep, [2, 12, 2, 3], ([b, k, row, column]) =>
      at(x, b, Math.floor(k / 4), 2 * row + (Math.floor(k / 2) % 2), 2 * column + (k % 2)),
    );
    const back = await evaluate((x: NDArray) => depthToSpace(x, 2), deep);
    expectClose(back, [2, 3, 4, 6], (index) => at(x, ...index));
  });
});

describe("initialisers", () => {
  const deviation = ({ data }: HostArray): number => Math.sqrt(sumOver(data.length, (i) => data[i] ** 2) / data.length);
  const largest = ({ data }: HostArray): number => Math.max(...Array.from(data, Math.abs));

  it("scale weights by the number of inputs, and of outputs", () => {
    const byFanIn = initialiseLinear(random, 100, 200, uniformByFanIn);
    expect(largest(byFanIn.weight)).toBeLessThanOrEqual(0.1);
    expect(deviation(byFanIn.weight)).toBeCloseTo(0.1 / Math.sqrt(3), 2);
    expect(deviation(byFanIn.bias)).toBeCloseTo(0.1 / Math.sqrt(3), 2);
    const xavier = initialiseLinear(random, 100, 200, xavierUniform);
    expect(deviation(xavier.weight)).toBeCloseTo(Math.sqrt(2 / 300), 2);
    expect(largest(xavier.bias)).toBe(0);
  });

  it("give the same numbers for the same source", () => {
    const draw = (): HostArray => initialiseLinear(randomSource(5, "a"), 4, 3).weight;
    expect(draw()).toEqual(draw());
    expect(initialiseLinear(randomSource(6, "a"), 4, 3).weight).not.toEqual(draw());
  });
});
