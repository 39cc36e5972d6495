import { describe, expect, it } from "vitest";
import {
  add,
  gradient,
  hostArray,
  type HostArray,
  log,
  mul,
  type NDArray,
  type RandomSource,
  randomSource,
  sqrt,
  sub,
  sum,
  sumPerSample,
} from "../array/index.js";
import { type Backend, compile } from "../compile/index.js";
import { InputError } from "../errors.js";
import { identity } from "./identity.js";
import { gaussianNoise, laplaceNoise, type ObservationModel, observedCounts } from "./observation-model.js";
import { type OperatorParameters, type TracedParameters } from "./operator.js";
import { randomInpainting } from "./random-inpainting.js";
import { superResolution } from "./super-resolution.js";

interface Judged {
  logLikelihood: HostArray;
  /** The gradient of the summed log-likelihood with respect to x. */
  score: HostArray;
}

async function judge(
  model: ObservationModel,
  y: HostArray,
  x: HostArray,
  parameters: OperatorParameters = {},
  backend: Backend = "jax",
): Promise<Judged> {
  const compiled = await compile(
    (observation: NDArray, image: NDArray, drawn: TracedParameters) => ({
      logLikelihood: model.logLikelihood(observation, image, drawn),
      score: gradient((input: NDArray) => sum(model.logLikelihood(observation, input, drawn)))(image),
    }),
    [y, x, parameters],
    { backend },
  );
  const result = await compiled.run(y, x, parameters);
  await compiled.dispose();
  return result;
}

async function observe(
  model: ObservationModel,
  x: HostArray,
  noise: HostArray,
  parameters: OperatorParameters = {},
): Promise<HostArray> {
  const compiled = await compile(model.observe, [x, noise, parameters], { backend: "jax" });
  const y = await compiled.run(x, noise, parameters);
  await compiled.dispose();
  return y;
}

const shape = [2, 3, 4, 4];
const mask = hostArray(
  Float32Array.from({ length: 32 }, (_, i) => (i % 3 === 0 ? 0 : 1)),
  [2, 1, 4, 4],
);
const maskAt = (i: number): number => mask.data[Math.floor(i / 48) * 16 + (i % 16)];

describe("Gaussian observation", () => {
  it.each<Backend>(["jax", "onnx"])("has the likelihood and score of the closed form, on %s", async (backend) => {
    const random = randomSource(1);
    const [x, y] = [random.normalArray(shape), random.normalArray(shape)];
    const sigma = 0.3;
    const { logLikelihood, score } = await judge(gaussianNoise(identity(), sigma), y, x, {}, backend);
    expect(logLikelihood.shape).toEqual([2]);
    for (const sample of [0, 1]) {
      let squares = 0;
      for (let i = 48 * sample; i < 48 * (sample + 1); i++) squares += (y.data[i] - x.data[i]) ** 2;
      expect(logLikelihood.data[sample]).toBeCloseTo(-squares / (2 * sigma ** 2), 2);
    }
    score.data.forEach((value, i) => expect(value).toBeCloseTo((y.data[i] - x.data[i]) / sigma ** 2, 4));
  });

  it("gives dropped pixels no noise, no likelihood and no score, whatever y holds there", async () => {
    const random = randomSource(2);
    const [x, noise] = [random.normalArray(shape), random.normalArray(shape)];
    const model = gaussianNoise(randomInpainting(), 0.5);
    const y = await observe(model, x, noise, { mask });
    y.data.forEach((value, i) => expect(value).toBeCloseTo(maskAt(i) === 1 ? x.data[i] + 0.5 * noise.data[i] : 0, 5));
    const clean = await judge(model, y, x, { mask });
    const soiled = { ...y, data: y.data.map((value, i) => (maskAt(i) === 1 ? value : 99)) as Float32Array };
    expect(await judge(model, soiled, x, { mask })).toEqual(clean);
    clean.score.data.forEach((value, i) => {
      if (maskAt(i) === 0) expect(value).toBe(0);
      else expect(value).toBeCloseTo((y.data[i] - x.data[i]) / 0.25, 4);
    });
  });

  it("counts the observed entries of each sample", () => {
    const image = shape.slice(1);
    // Of the 16 pixels of a sample, numbers 0, 3, ..., 15 of the first and 18, 21, ..., 30 of the second are dropped.
    expect(observedCounts(randomInpainting(), 2, image, { mask })).toEqual([30, 33]);
    expect(observedCounts(identity(), 2, image, {})).toEqual([48, 48]);
    expect(observedCounts(superResolution(), 1, [3, 10, 8], {})).toEqual([18]);
  });

  it("observes a soft mask's pixels once: y = m x with the noise of any observed pixel", async () => {
    const random = randomSource(7);
    const [x, noise] = [random.normalArray(shape), random.normalArray(shape)];
    const soft = { ...mask, data: mask.data.map((value, i) => value * (i % 2 === 0 ? 1 : 0.25)) as Float32Array };
    const softAt = (i: number): number => soft.data[Math.floor(i / 48) * 16 + (i % 16)];
    const model = gaussianNoise(randomInpainting(), 0.5);
    const y = await observe(model, x, noise, { mask: soft });
    y.data.forEach((value, i) =>
      expect(value).toBeCloseTo(softAt(i) === 0 ? 0 : softAt(i) * x.data[i] + 0.5 * noise.data[i], 5),
    );
    const { score } = await judge(model, y, x, { mask: soft });
    score.data.forEach((value, i) =>
      expect(value).toBeCloseTo((softAt(i) * (y.data[i] - softAt(i) * x.data[i])) / 0.25, 4),
    );
    expect(observedCounts(randomInpainting(), 2, shape.slice(1), { mask: soft })).toEqual([30, 33]);
  });

  it.each([0, -1, NaN, Infinity])("refuses a sigma of %d", (sigma) => {
    expect(() => gaussianNoise(identity(), sigma)).toThrow(InputError);
  });

  it("says so where the operator was not made", () => {
    expect(() => gaussianNoise(identity as never, 1)).toThrow(/give one, e\.g\. boxInpainting\(\)/);
  });
});

describe("Laplace observation", () => {
  const sigma = 0.2;
  const model = laplaceNoise(identity(), sigma);

  it("has the likelihood and score of the closed form", async () => {
    const random = randomSource(3);
    const [x, y] = [random.normalArray(shape), random.normalArray(shape)];
    const { logLikelihood, score } = await judge(model, y, x);
    for (const sample of [0, 1]) {
      let distance = 0;
      for (let i = 48 * sample; i < 48 * (sample + 1); i++) distance += Math.abs(y.data[i] - x.data[i]);
      expect(logLikelihood.data[sample]).toBeCloseTo((-Math.SQRT2 * distance) / sigma, 2);
    }
    score.data.forEach((value, i) =>
      expect(value).toBeCloseTo((Math.SQRT2 / sigma) * Math.sign(y.data[i] - x.data[i]), 4),
    );
  });

  it("draws noise of variance 1 whose distance from 0 is exponential", () => {
    const { data } = model.drawNoise([40_000], randomSource(4));
    const meanOf = (fn: (value: number) => number): number => {
      let total = 0;
      for (const value of data) total += fn(value);
      return total / data.length;
    };
    // Standard errors: 0.005, 0.0035, 0.011, 0.0012.
    expect(Math.abs(meanOf((value) => value))).toBeLessThan(0.02);
    expect(Math.abs(meanOf(Math.abs) - Math.SQRT1_2)).toBeLessThan(0.015);
    expect(Math.abs(meanOf((value) => value ** 2) - 1)).toBeLessThan(0.05);
    const far = Math.log(20) / Math.SQRT2;
    expect(Math.abs(meanOf((value) => (Math.abs(value) > far ? 1 : 0)) - 0.05)).toBeLessThan(0.005);
  });

  it("stays finite at the ends of the uniform numbers that noise is made of", () => {
    const ends = [0, 0.5, 1 - 2 ** -24];
    const random = {
      uniformArray: (size: readonly number[]) => hostArray(ends, size),
    } as Pick<RandomSource, "uniformArray"> as RandomSource;
    const [low, middle, high] = model.drawNoise([3], random).data;
    expect(low).toBeLessThan(-10);
    expect(Number.isFinite(low)).toBe(true);
    expect(middle).toBeCloseTo(0, 6);
    expect(high).toBeGreaterThan(10);
    expect(high).toBeLessThan(20);
  });

  it("adds sigma times its noise", async () => {
    const random = randomSource(5);
    const [x, noise] = [random.normalArray(shape), model.drawNoise(shape, random)];
    const y = await observe(model, x, noise);
    y.data.forEach((value, i) => expect(value).toBeCloseTo(x.data[i] + sigma * noise.data[i], 5));
  });
});

describe("an observation model of the user's own", () => {
  // Photon counts of rate 20 (x + 1) + 1, drawn by their normal approximation.
  const rate = (x: NDArray): NDArray => add(mul(add(x, 1), 20), 1);
  const poisson: ObservationModel = {
    operator: identity(),
    sigma: Math.sqrt(21),
    drawNoise: (size, random) => random.normalArray(size),
    predict: rate,
    observe: (x, noise) => add(rate(x), mul(sqrt(rate(x)), noise)),
    logLikelihood: (y, x) => sumPerSample(sub(mul(y, log(rate(x))), rate(x))),
  };

  it("is judged by its own log p(y | x)", async () => {
    const random = randomSource(6);
    const x = random.uniformArray(shape);
    const y = await observe(poisson, x, poisson.drawNoise(shape, random));
    const { logLikelihood, score } = await judge(poisson, y, x);
    for (const sample of [0, 1]) {
      let expected = 0;
      for (let i = 48 * sample; i < 48 * (sample + 1); i++) {
        const lambda = 20 * (x.data[i] + 1) + 1;
        expected += y.data[i] * Math.log(lambda) - lambda;
      }
      expect(logLikelihood.data[sample] / expected).toBeCloseTo(1, 5);
    }
    score.data.forEach((value, i) => expect(value).toBeCloseTo(20 * (y.data[i] / (20 * (x.data[i] + 1) + 1) - 1), 3));
  });
});
