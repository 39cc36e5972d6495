import { describe, expect, it } from "vitest";
import {
  add,
  hostArray,
  type HostArray,
  mul,
  type NDArray,
  perSample,
  randomSource,
  sub,
  toFloat,
} from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";
import { gaussianMeanVelocity } from "../../test/support/gaussian-flow.js";
import { samplePosterior, samplePrior, type VariationalFlowMap } from "./posterior.js";

// x ~ N(m, s^2), y = x + sigma * noise: x | y ~ N(m + s^2 / total (y - m), s^2 sigma^2 / total).
const [m, s, sigma] = [0.4, 1.3, 0.6];
const total = s * s + sigma * sigma;
const sampleShape = [1, 2];
const backend = "jax";

/** The exact posterior sampler of Gaussian data; problem c sees the observation shifted by c. */
function exactModel(): VariationalFlowMap & { traced: number } {
  const scalar = (value: number): HostArray => hostArray([value], []);
  const model = {
    traced: 0,
    sampleShape,
    parameters: {
      flowMap: scalar(s),
      adapter: { gain: scalar(s / total), logSigma: scalar(Math.log(sigma ** 2 / total) / 2) },
    },
    meanVelocity: (deviation: unknown, x: NDArray, r: NDArray, t: NDArray) =>
      gaussianMeanVelocity(m, deviation as NDArray)(x, r, t),
    adapter: (parameters: unknown, aty: NDArray, problem: NDArray) => {
      model.traced++;
      const { gain, logSigma } = parameters as Record<"gain" | "logSigma", NDArray>;
      const shift = perSample(toFloat(problem), aty);
      return { mean: mul(sub(sub(aty, shift), m), gain), logSigma: add(mul(aty, 0), logSigma) };
    },
  };
  return model;
}

const moments = ({ data }: HostArray): { mean: number; deviation: number } => {
  const values = [...data];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};
const posteriorMean = (y: number): number => m + (s * s * (y - m)) / total;

describe("samplePosterior", () => {
  const model = exactModel();
  const one = { aty: hostArray([1.5, 1.5], sampleShape), problem: 0 };

  it("draws from the posterior in one evaluation", async () => {
    const { samples, evaluations } = await samplePosterior(model, one, { samples: 4000, seed: 1, backend });
    expect(evaluations).toBe(1);
    expect(samples.shape).toEqual([4000, 1, 2]);
    const { mean, deviation } = moments(samples);
    expect(Math.abs(mean - posteriorMean(1.5))).toBeLessThan(0.03);
    expect(Math.abs(deviation - (s * sigma) / Math.sqrt(total))).toBeLessThan(0.03);
  });

  it("draws the same in several evaluations of an exact flow map", async () => {
    const [first, second] = await Promise.all(
      [1, 3].map((steps) => samplePosterior(model, one, { samples: 6, steps, seed: 1, backend })),
    );
    expect(second.evaluations).toBe(3);
    first.samples.data.forEach((value, i) => expect(second.samples.data[i]).toBeCloseTo(value, 4));
  });

  it("gives many observations, each with its class, what each gets by itself", async () => {
    const aty = hostArray([1.5, 1.5, -0.5, 2], [2, 1, 2]);
    const options = { samples: 3, seed: 2, temperature: 0, backend } as const;
    const { samples } = await samplePosterior(model, { aty, problem: Int32Array.of(0, 1) }, options);
    expect(samples.shape).toEqual([2, 3, 1, 2]);
    const expected = [1.5, 1.5, -1.5, 1].map(posteriorMean);
    samples.data.forEach((value, i) => expect(value).toBeCloseTo(expected[2 * Math.floor(i / 6) + (i % 2)], 5));
  });

  it("scales the spread by the temperature", async () => {
    const options = { samples: 2, seed: 5, backend } as const;
    const [whole, half] = await Promise.all(
      [1, 0.5].map((temperature) => samplePosterior(model, one, { ...options, temperature })),
    );
    const centre = posteriorMean(1.5);
    whole.samples.data.forEach((value, i) =>
      expect(half.samples.data[i] - centre).toBeCloseTo((value - centre) / 2, 5),
    );
  });

  it("is fixed by the seed, whatever the batch size", async () => {
    const aty = randomSource(0).normalArray([3, 1, 2]);
    const draw = async (seed: number, batchSize: number) => [
      ...(await samplePosterior(model, { aty, problem: 0 }, { samples: 5, seed, batchSize, backend })).samples.data,
    ];
    const whole = await draw(7, 512);
    expect(await draw(7, 4)).toEqual(whole);
    expect(await draw(8, 512)).not.toEqual(whole);
  });

  it("compiles once for a batch and a number of steps", async () => {
    const fresh = exactModel();
    for (const seed of [1, 2, 3]) await samplePosterior(fresh, one, { samples: 4, seed, backend });
    expect(fresh.traced).toBe(1);
  });

  it("refuses observations and numbers that do not fit", async () => {
    const options = { samples: 2, seed: 0, backend } as const;
    const wrongShape = { aty: hostArray([1, 2, 3], [1, 3]), problem: 0 };
    await expect(samplePosterior(model, wrongShape, options)).rejects.toThrow(ShapeError);
    await expect(samplePosterior(model, { ...one, problem: Int32Array.of(0, 1) }, options)).rejects.toThrow(ShapeError);
    await expect(samplePosterior(model, one, { ...options, samples: 0 })).rejects.toThrow(InputError);
    await expect(samplePosterior(model, one, { ...options, steps: 1.5 })).rejects.toThrow(InputError);
    await expect(samplePosterior(model, one, { ...options, temperature: -1 })).rejects.toThrow(InputError);
  });
});

describe("samplePrior", () => {
  it("draws from the data's distribution", async () => {
    const { samples, evaluations } = await samplePrior(exactModel(), { samples: 4000, steps: 2, seed: 3, backend });
    expect(evaluations).toBe(2);
    expect(samples.shape).toEqual([4000, 1, 2]);
    const { mean, deviation } = moments(samples);
    expect(Math.abs(mean - m)).toBeLessThan(0.05);
    expect(Math.abs(deviation - s)).toBeLessThan(0.05);
  });
});
