import { describe, expect, it } from "vitest";
import { type HostArray, hostArray, mul, type NDArray, randomSource } from "../array/index.js";
import { compile } from "../compile/index.js";
import { adamW } from "./adamw.js";
import { clipFactor, globalNorm } from "./gradient-clipping.js";
import { movingAverage } from "./moving-average.js";

interface Pair {
  [key: string]: NDArray;
  a: NDArray;
  b: NDArray;
}
const scalar = (value: number): HostArray => hostArray([value], []);
const jax = { backend: "jax" } as const;

describe("adamW", () => {
  it("equals the update written out number by number", async () => {
    const options = { betas: [0.8, 0.95] as const, epsilon: 1e-3, weightDecay: 0.1 };
    const learningRate = 0.05;
    const scale = 0.5;
    const random = randomSource(1, "adamw");
    const start = Float32Array.from([1, -2, 0.5]);
    const gradients = [0, 1, 2].map(() => random.normalArray([3]).data as Float32Array);

    const p = Float64Array.from(start);
    const m = new Float64Array(3);
    const s = new Float64Array(3);
    gradients.forEach((gradient, step) => {
      for (let i = 0; i < 3; i++) {
        const g = gradient[i] * scale;
        m[i] = 0.8 * m[i] + 0.2 * g;
        s[i] = 0.95 * s[i] + 0.05 * g * g;
        const corrected = m[i] / (1 - 0.8 ** (step + 1));
        const root = Math.sqrt(s[i] / (1 - 0.95 ** (step + 1)));
        p[i] = p[i] - learningRate * (corrected / (root + 1e-3) + 0.1 * p[i]);
      }
    });

    const tree = (data: Float32Array): { a: HostArray; b: HostArray } => ({
      a: hostArray(data.slice(0, 1), [1]),
      b: hostArray(data.slice(1), [2]),
    });
    const zeros = tree(new Float32Array(3));
    const scalars = (step: number) => {
      const { shrink, stepSize, epsilon } = adamW.scalars(options, learningRate, step + 1);
      return { shrink: scalar(shrink), stepSize: scalar(stepSize), epsilon: scalar(epsilon) };
    };
    let state = {
      parameters: tree(start),
      state: adamW.init(tree(start)) as { first: typeof zeros; second: typeof zeros },
    };
    const update = await compile(
      (
        current: { parameters: Pair; state: { first: Pair; second: Pair } },
        gradient: Pair,
        values: { shrink: NDArray; stepSize: NDArray; epsilon: NDArray },
        factor: NDArray,
      ) => adamW.update({ ...current, gradient, scalars: values, scale: factor }, options),
      [state, zeros, scalars(0), scalar(scale)],
      jax,
    );
    for (const [step, gradient] of gradients.entries())
      state = await update.run(state, tree(gradient), scalars(step), scalar(scale));
    await update.dispose();
    const got = [...state.parameters.a.data, ...state.parameters.b.data];
    got.forEach((value, i) => expect(value).toBeCloseTo(p[i], 5));
  });
});

describe("clipping", () => {
  it("limits the norm over all leaves together and leaves a small gradient alone", async () => {
    const clipped = await compile(
      (tree: Pair) => {
        const factor = clipFactor(globalNorm(tree), 2.5);
        return { norm: globalNorm(tree), a: mul(tree.a, factor), b: mul(tree.b, factor) };
      },
      [{ a: hostArray([3], [1]), b: hostArray([0, 4], [2]) }],
      jax,
    );
    const large = await clipped.run({ a: hostArray([3], [1]), b: hostArray([0, 4], [2]) });
    expect(large.norm.data[0]).toBeCloseTo(5, 5);
    expect(large.a.data[0]).toBeCloseTo(1.5, 5);
    expect(large.b.data[1]).toBeCloseTo(2, 5);
    const small = await clipped.run({ a: hostArray([0.3], [1]), b: hostArray([0, 0.4], [2]) });
    expect(small.a.data[0]).toBeCloseTo(0.3, 6);
    const none = await clipped.run({ a: hostArray([0], [1]), b: hostArray([0, 0], [2]) });
    expect([...none.a.data, ...none.b.data]).toEqual([0, 0, 0]);
    await clipped.dispose();
  });
});

describe("movingAverage", () => {
  it("keeps the given share of the average", async () => {
    const average = await compile(
      (old: Pair, now: Pair, decay: NDArray) => movingAverage(old, now, decay),
      [
        { a: hostArray([1], [1]), b: hostArray([1], [1]) },
        { a: hostArray([3], [1]), b: hostArray([5], [1]) },
        scalar(0),
      ],
      jax,
    );
    const old = { a: hostArray([1], [1]), b: hostArray([-1], [1]) };
    const now = { a: hostArray([3], [1]), b: hostArray([5], [1]) };
    const mixed = await average.run(old, now, scalar(0.75));
    expect([mixed.a.data[0], mixed.b.data[0]]).toEqual([1.5, 0.5]);
    const replaced = await average.run(old, now, scalar(0));
    expect([replaced.a.data[0], replaced.b.data[0]]).toEqual([3, 5]);
    await average.dispose();
  });
});
