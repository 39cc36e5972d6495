import { describe, expect, it } from "vitest";
import {
  add,
  constant,
  type HostArray,
  hostArray,
  mul,
  type NDArray,
  perSample,
  randomSource,
  sub,
} from "../../array/index.js";
import { type Backend } from "../../compile/index.js";
import { InputError } from "../../errors.js";
import { relativeError } from "../../../test/support/compare.js";
import { evaluate } from "../../../test/support/evaluate.js";
import { gaussianMeanVelocity } from "../../../test/support/gaussian-flow.js";
import { type MeanVelocity, type Velocity } from "../interpolant.js";
import { reverseTime, reverseVelocityTime } from "../time-convention.js";
import {
  integrateEuler,
  integrateEulerMaruyama,
  integrateHeun,
  sampleFlowMap,
  sampleGamma,
  sampleRestart,
  stochasticTimeGrid,
  timeGrid,
} from "./index.js";

const random = randomSource(0, "samplers");
const [m, s] = [0.7, 0.4];
const exact = gaussianMeanVelocity(m, s);
const exactVelocity: Velocity = (x, t) => exact(x, t, t);
const z = random.normalArray([5, 3]);
const map = (array: HostArray, fn: (value: number, i: number) => number): HostArray =>
  hostArray(array.data.map(fn), array.shape);
// The flow of Gaussian data carries z to m + s z.
const data = map(z, (value) => m + s * value);
const draw = (count: number, shape: number[] = [5, 3]): HostArray[] =>
  Array.from({ length: count }, () => random.normalArray(shape));
/** Mean and variance of the entries. */
function moments({ data }: HostArray): [mean: number, variance: number] {
  const values = [...data];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length];
}

describe("the times of a sampler", () => {
  it("are uniform from 1 to 0 without a shift", () => expect(timeGrid(4)).toEqual([1, 0.75, 0.5, 0.25, 0]));

  it("are moved towards the noise by a shift: 3 s / (1 + 2 s)", () => {
    const times = timeGrid(4, 3);
    [1, 0.9, 0.75, 0.5, 0].forEach((time, k) => expect(times[k]).toBeCloseTo(time, 12));
  });

  it("of a stochastic sampler end at `last` and 0", () => {
    const times = stochasticTimeGrid(5, 0.2);
    [1, 0.8, 0.6, 0.4, 0.2, 0].forEach((time, k) => expect(times[k]).toBeCloseTo(time, 12));
    expect(stochasticTimeGrid(1)).toEqual([1, 0]);
  });

  it.each([0, 1.5, -1])("refuse %d steps", (steps) => {
    expect(() => timeGrid(steps)).toThrow(InputError);
    expect(() => stochasticTimeGrid(steps)).toThrow(InputError);
  });

  it.each([0, -1, NaN])("refuse a shift of %d", (shift) => expect(() => timeGrid(2, shift)).toThrow(InputError));
});

describe("the flow-map sampler", () => {
  it.each([1, 2, 5])("carries noise to Gaussian data exactly in %i steps", async (steps) => {
    const x = await evaluate((noise: NDArray) => sampleFlowMap(exact, noise, steps, { shift: 2 }), [z]);
    expect(relativeError(x, data)).toBeLessThan(1e-5);
  });

  it("evaluates the network on the uniform grid from noise to data", async () => {
    const u: MeanVelocity = (x, r, t) => add(mul(x, 0), perSample(add(add(r, mul(t, 10)), 1), x));
    const x = await evaluate((noise: NDArray) => sampleFlowMap(u, noise, 4), [z]);
    // The sum of (t - r) (1 + r + 10 t) over the intervals [0, 1/4] ... [3/4, 1].
    const expected = map(z, (value) => value - 0.25 * (4 + 1.5 + 25));
    expect(relativeError(x, expected)).toBeLessThan(1e-6);
  });

  it("takes a network whose time runs the other way", async () => {
    const reversed: MeanVelocity = (x, r, t) => mul(exact(x, sub(1, r), sub(1, t)), -1);
    const x = await evaluate((noise: NDArray) => sampleFlowMap(reverseTime(reversed), noise, 2), [z]);
    expect(relativeError(x, data)).toBeLessThan(1e-5);
  });
});

describe.each(["jax", "onnx"] as const)("gamma sampling (%s)", (backend: Backend) => {
  const noises = draw(3);

  it("with gamma = 0 is the flow-map sampler", async () => {
    const [gamma, euler] = await evaluate(
      (noise: NDArray, fresh: NDArray[]): [NDArray, NDArray] => [
        sampleGamma(exact, noise, fresh, 0),
        sampleFlowMap(exact, noise, 4),
      ],
      [z, noises],
      backend,
    );
    expect(relativeError(gamma, euler)).toBeLessThan(1e-6);
  });

  it("with gamma = 1 restarts from data: only the last fresh noise is left", async () => {
    const [restart, gamma] = await evaluate(
      (noise: NDArray, fresh: NDArray[]): [NDArray, NDArray] => [
        sampleRestart(exact, noise, fresh),
        sampleGamma(exact, noise, fresh, 1),
      ],
      [z, noises],
      backend,
    );
    // x_0 = m + s z, then x_t = (1 - t) x_0 + t eps, and the exact flow from t: (x_t - (1 - t) m) s / deviation(t) + m.
    const expected = data.data.map((first, i) =>
      [0.75, 0.5, 0.25].reduce((x, t, k) => {
        const noisy = (1 - t) * x + t * noises[k].data[i];
        return m + ((noisy - (1 - t) * m) * s) / Math.hypot((1 - t) * s, t);
      }, first),
    );
    expect(relativeError(restart, hostArray(expected, z.shape))).toBeLessThan(1e-5);
    expect(relativeError(gamma, restart)).toBe(0);
  });
});

describe("gamma sampling between", () => {
  const many = [4000, 1];
  const start = random.normalArray(many);
  const fresh = draw(2, many);

  it("leaves the samples' law what it is; published mixing adds too little noise", async () => {
    const [marginal, linear] = await evaluate(
      (noise: NDArray, more: NDArray[]): [NDArray, NDArray] => [
        sampleGamma(exact, noise, more, 0.6),
        sampleGamma(exact, noise, more, 0.6, { renoising: "linear" }),
      ],
      [start, fresh],
    );
    const [mean, variance] = moments(marginal);
    expect(mean).toBeCloseTo(m, 1);
    // 4 standard errors of the variance of 4,000 samples.
    expect(Math.abs(variance / s ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
    expect(moments(linear)[1]).toBeLessThan(0.8 * variance);
  });

  it.each([-0.1, 1.1, NaN])("refuses gamma = %d", async (gamma) => {
    const run = evaluate((noise: NDArray) => sampleGamma(exact, noise, [], gamma), [z]);
    await expect(run).rejects.toThrow(InputError);
  });
});

describe("velocity samplers", () => {
  /** The largest error of the solution of a linear field after `steps` steps. */
  const errorOf = async (
    integrate: (velocity: Velocity, z: NDArray, steps: number) => NDArray,
    steps: number,
  ): Promise<number> =>
    relativeError(await evaluate((noise: NDArray) => integrate(exactVelocity, noise, steps), [z], "onnx"), data);

  it("Euler converges with order 1", async () => {
    const errors = await Promise.all([8, 16, 32].map((steps) => errorOf(integrateEuler, steps)));
    expect(errors[0] / errors[1]).toBeCloseTo(2, 0);
    expect(errors[1] / errors[2]).toBeCloseTo(2, 0);
    expect(errors[2]).toBeLessThan(0.1);
  });

  it("Heun converges with order 2", async () => {
    const errors = await Promise.all([4, 8, 16].map((steps) => errorOf(integrateHeun, steps)));
    expect(errors[0] / errors[1]).toBeGreaterThan(3.3);
    expect(errors[1] / errors[2]).toBeGreaterThan(3.3);
    expect(errors[2]).toBeLessThan(1e-2);
  });

  it("Euler is exact along straight lines, whatever the direction of the network's time", async () => {
    // If the data are one point, v = z - x_0 does not change along a path: v(x, t) = (x - m) / t.
    const towardsPoint: Velocity = (x, t) => mul(sub(x, m), perSample(mul(t, 0), x));
    const constantField: Velocity = (x, t) => add(towardsPoint(x, t), constant(hostArray([1, 2, 3], [3])));
    const reversed: Velocity = (x, t) => mul(constantField(x, sub(1, t)), -1);
    const expected = map(z, (value, i) => value - 1 - (i % 3));
    for (const velocity of [constantField, reverseVelocityTime(reversed)])
      for (const integrate of [integrateEuler, integrateHeun]) {
        const x = await evaluate((noise: NDArray) => integrate(velocity, noise, 3), [z]);
        expect(relativeError(x, expected)).toBeLessThan(1e-6);
      }
  });

  it("Euler-Maruyama samples the data's law", async () => {
    const many = [4000, 1];
    const x = await evaluate(
      (noise: NDArray, noises: NDArray[]) => integrateEulerMaruyama(exactVelocity, noise, noises, { last: 0.02 }),
      [random.normalArray(many), draw(49, many)],
      "onnx",
    );
    const [mean, variance] = moments(x);
    expect(mean).toBeCloseTo(m, 1);
    expect(Math.abs(variance / s ** 2 - 1)).toBeLessThan(0.15);
  });

  it("Euler-Maruyama follows its recursion", async () => {
    const noises = draw(2);
    const linear: Velocity = (x, t) => add(mul(x, 0.5), perSample(t, x));
    const x = await evaluate(
      (noise: NDArray, fresh: NDArray[]) => integrateEulerMaruyama(linear, noise, fresh, { last: 0.2 }),
      [z, noises],
    );
    const expected = map(z, (first, i) =>
      [1, 0.6, 0.2].reduce((point, t, k) => {
        const step = [0.4, 0.4, 0.2][k];
        const v = 0.5 * point + t;
        const score = -((1 - t) * v + point) / t;
        const noise = k < 2 ? Math.sqrt(2 * t * step) * noises[k].data[i] : 0;
        return point - (v - t * score) * step + noise;
      }, first),
    );
    expect(relativeError(x, expected)).toBeLessThan(1e-5);
  });
});

describe("guidance", () => {
  // The label adds 3 to the field, everywhere and at any time.
  const unconditional: MeanVelocity = (x, r, t) => add(mul(x, 0), perSample(add(r, mul(t, 10)), x));
  const conditional: MeanVelocity = (x, r, t) => add(mul(unconditional(x, r, t), 1), 3);
  const ofMap = (scale: number, interval?: [number, number]): Promise<HostArray> =>
    evaluate(
      (noise: NDArray) =>
        sampleFlowMap(conditional, noise, 4, { guidance: { unconditional, scale, ...(interval && { interval }) } }),
      [z],
    );
  const moved = (from: HostArray, by: number): HostArray => map(from, (value) => value + by);

  it("is linear in its scale: 0 the unlabelled network, 1 the labelled one", async () => {
    const [without, plain] = await evaluate(
      (noise: NDArray): [NDArray, NDArray] => [
        sampleFlowMap(unconditional, noise, 4),
        sampleFlowMap(conditional, noise, 4),
      ],
      [z],
    );
    expect(relativeError(await ofMap(0), without)).toBeLessThan(1e-6);
    expect(relativeError(await ofMap(1), plain)).toBeLessThan(1e-6);
    expect(relativeError(await ofMap(2.5), moved(plain, -1.5 * 3))).toBeLessThan(1e-6);
  });

  it.each([
    { interval: [0.25, 0.5], guided: 2 },
    { interval: [0.51, 0.74], guided: 0 },
    { interval: [0, 1], guided: 4 },
  ] as const)(
    "in $interval guides $guided of 4 steps, by the time that each starts from",
    async ({ interval, guided }) => {
      const plain = await ofMap(1);
      expect(relativeError(await ofMap(2, [...interval]), moved(plain, (-3 * guided) / 4))).toBeLessThan(1e-6);
    },
  );

  it("reaches every sampler", async () => {
    const [v, vNull]: Velocity[] = [conditional, unconditional].map((u) => (x, t) => u(x, t, t));
    const guidance = { unconditional, scale: 2 };
    const ofVelocity = { guidance: { unconditional: vNull, scale: 2 } };
    const noises = draw(1);
    const pairs = await evaluate(
      (noise: NDArray, fresh: NDArray[]): NDArray[] => [
        sampleRestart(conditional, noise, fresh),
        sampleRestart(conditional, noise, fresh, { guidance }),
        integrateEuler(v, noise, 2),
        integrateEuler(v, noise, 2, ofVelocity),
        integrateHeun(v, noise, 2),
        integrateHeun(v, noise, 2, ofVelocity),
        integrateEulerMaruyama(v, noise, fresh),
        integrateEulerMaruyama(v, noise, fresh, ofVelocity),
      ],
      [z, noises],
    );
    // How far a field that is larger by 3 everywhere moves the sample of each sampler: by hand, from the sampler's
    // recursion.
    const shifts = [
      -3 * 0.5 - 3 * 0.5,
      -3,
      -3,
      // The first step, 0.96 long, moves by 3 (2 - 1) 0.96 = 2.88; this lowers the drift of the second, 0.04 long, by
      // 2.88.
      -2.88 - 0.04 * (3 * 1.96 - 2.88),
    ];
    shifts.forEach((shift, i) =>
      expect(relativeError(pairs[2 * i + 1], moved(pairs[2 * i], shift))).toBeLessThan(1e-5),
    );
  });
});
