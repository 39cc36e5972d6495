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
import { gaussianNoise, identity, laplaceNoise, type Observation, operator, problem } from "../operators/index.js";
import { modelWith, trainedModel } from "./model.js";
import { gaussianMeanVelocity } from "../../test/support/gaussian-flow.js";
import {
  samplePosterior,
  samplePrior,
  type PosteriorOptions,
  type SampleOptions,
  type VariationalFlowMap,
} from "./index.js";

// x ~ N(m, s^2), y = x + sigma * noise: x | y ~ N(m + s^2 / total (y - m), s^2 sigma^2 / total).
const [m, s, sigma] = [0.4, 1.3, 0.6];
const total = s * s + sigma * sigma;
const sampleShape = [1, 2];
const backend = "jax";
const observation = gaussianNoise(identity(), sigma);
const problems = [problem("direct", observation), problem("shifted", observation)];

/** Observations that are images: [N, 1, 2]. */
function observed(values: number[], of = problems[0]): Observation {
  const y = hostArray(values, [values.length / 2, ...sampleShape]);
  return { problem: of, y, transposed: y, parameters: {} };
}

/** The exact posterior sampler for Gaussian data; for problem c the observation is shifted by c. */
function exactModel(): VariationalFlowMap & { traced: number } {
  const scalar = (value: number): HostArray => hostArray([value], []);
  const model = {
    traced: 0,
    sampleShape,
    problems,
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
  const one = observed([1.5, 1.5]);

  it("draws from the posterior in one evaluation", async () => {
    const { samples, evaluations } = await samplePosterior(model, one, { samples: 4000, seed: 1, backend });
    expect(evaluations).toBe(1);
    expect(samples.shape).toEqual([1, 4000, 1, 2]);
    const { mean, deviation } = moments(samples);
    expect(Math.abs(mean - posteriorMean(1.5))).toBeLessThan(0.03);
    expect(Math.abs(deviation - (s * sigma) / Math.sqrt(total))).toBeLessThan(0.03);
  });

  describe("with an update", () => {
    // A flow map and an adapter that ignore y: x = m + s w is all residual, and the update alone gives the posterior.
    const deaf: VariationalFlowMap = {
      ...model,
      parameters: { ...model.parameters, adapter: { gain: hostArray([0], []), logSigma: hostArray([-20], []) } },
      updates: new Map([["direct", { temperature: 1, residual: { scales: hostArray([s, s], [2]), saturation: 0 } }]]),
    };

    it("draws from the posterior", async () => {
      const { samples, evaluations } = await samplePosterior(deaf, one, { samples: 4000, seed: 1, backend });
      expect(evaluations).toBe(1);
      const { mean, deviation } = moments(samples);
      expect(Math.abs(mean - posteriorMean(1.5))).toBeLessThan(0.03);
      expect(Math.abs(deviation - (s * sigma) / Math.sqrt(total))).toBeLessThan(0.03);
    });

    it("draws the same whatever the batch size", async () => {
      const two = observed([1.5, 1.5, 0, 0]);
      const [small, large] = await Promise.all(
        [4, 100].map((batchSize) => samplePosterior(deaf, two, { samples: 5, seed: 3, batchSize, backend })),
      );
      small.samples.data.forEach((value, i) => expect(large.samples.data[i]).toBeCloseTo(value, 5));
    });

    it("leaves samples as they are where that is asked for, or the problem has no update", async () => {
      const options = { samples: 3, seed: 1, backend } as const;
      const plain = await samplePosterior(deaf, one, { ...options, update: false });
      plain.samples.data.forEach((value) => expect(value).toBeCloseTo(m, 5));
      const other = await samplePosterior(deaf, { ...one, problem: problems[1] }, options);
      other.samples.data.forEach((value) => expect(value).toBeCloseTo(m, 5));
    });

    it("needs y, unless the networks alone are asked for", async () => {
      const seen = { problem: problems[0], transposed: one.transposed };
      const options = { samples: 2, seed: 1, backend } as const;
      await expect(samplePosterior(deaf, seen, options)).rejects.toThrow(/conditioned on y, which is missing/);
      const alone = await samplePosterior(deaf, seen, { ...options, update: false });
      expect(alone).toEqual(await samplePosterior(deaf, one, { ...options, update: false }));
    });

    it("refuses a y of other images", async () => {
      const two = { ...one, y: hostArray([1, 1, 1, 1], [2, 1, 2]) };
      await expect(samplePosterior(deaf, two, { samples: 2, seed: 1, backend })).rejects.toThrow(ShapeError);
    });
  });

  it("draws the same in several evaluations of an exact flow map", async () => {
    const [first, second] = await Promise.all(
      [1, 3].map((steps) => samplePosterior(model, one, { samples: 6, steps, seed: 1, backend })),
    );
    expect(second.evaluations).toBe(3);
    first.samples.data.forEach((value, i) => expect(second.samples.data[i]).toBeCloseTo(value, 4));
  });

  it.each([0, 1])("gives many observations of problem %i what each gets by itself", async (problemClass) => {
    const options = { samples: 3, seed: 2, temperature: 0, backend } as const;
    const many = observed([1.5, 1.5, -0.5, 2], problems[problemClass]);
    const { samples } = await samplePosterior(model, many, options);
    expect(samples.shape).toEqual([2, 3, 1, 2]);
    // The adapter is given the class, and shifts the observation by it.
    const expected = [1.5, 1.5, -0.5, 2].map((y) => posteriorMean(y - problemClass));
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
    const three = observed([...randomSource(0).normalArray([6]).data]);
    const draw = async (seed: number, batchSize: number) => [
      ...(await samplePosterior(model, three, { samples: 5, seed, batchSize, backend })).samples.data,
    ];
    const whole = await draw(7, 512);
    expect(await draw(7, 4)).toEqual(whole);
    expect(await draw(8, 512)).not.toEqual(whole);
  });

  it("says before every batch how much is done, and ends if that throws", async () => {
    const three = observed([...randomSource(0).normalArray([6]).data]);
    const shares: number[] = [];
    const options = { samples: 2, seed: 7, batchSize: 2, backend } as const;
    const { samples } = await samplePosterior(model, three, { ...options, onBatch: (done) => shares.push(done) });
    expect(shares).toEqual([0, 1 / 3, 2 / 3]);
    expect(samples.data).toEqual((await samplePosterior(model, three, options)).samples.data);
    const ending = (done: number): void => {
      if (done > 0.5) throw new Error("enough");
    };
    await expect(samplePosterior(model, three, { ...options, onBatch: ending })).rejects.toThrow("enough");
    await expect(samplePrior(model, { ...options, samples: 6, onBatch: ending })).rejects.toThrow("enough");
    await expect(samplePrior(model, { ...options, onBatch: 1 as never })).rejects.toThrow(/onBatch/);
  });

  it("compiles once for a batch and a number of steps", async () => {
    const fresh = exactModel();
    for (const seed of [1, 2, 3]) await samplePosterior(fresh, one, { samples: 4, seed, backend });
    expect(fresh.traced).toBe(1);
  });

  it("refuses observations and numbers that do not fit", async () => {
    const options = { samples: 2, seed: 0, backend } as const;
    const wrongShape = { problem: problems[0], transposed: hostArray([1, 2, 3], [1, 1, 3]) };
    await expect(samplePosterior(model, wrongShape, options)).rejects.toThrow(ShapeError);
    await expect(samplePosterior(model, one, { ...options, samples: 0 })).rejects.toThrow(InputError);
    await expect(samplePosterior(model, one, { ...options, steps: 1.5 })).rejects.toThrow(InputError);
    await expect(samplePosterior(model, one, { ...options, temperature: -1 })).rejects.toThrow(InputError);
  });

  const nan = hostArray([NaN, 1], [1, 1, 2]);
  const other = (name: string, model = observation): Observation => ({ ...one, problem: problem(name, model) });
  it.each<[string, Observation, RegExp]>([
    ["NaN in A^T y", { ...one, transposed: nan }, /A\^T y holds NaN at \[0, 0, 0\]/],
    ["NaN in y", { ...one, y: nan }, /the observation y holds NaN at \[0, 0, 0\]/],
    ["too few numbers", { ...one, y: { shape: [1, 1, 2], data: new Float32Array(1) } }, /needs 2 values, it has 1/],
    ["one image without a batch axis", { ...one, transposed: hostArray([1, 1], [1, 2]) }, /\[1, 2\]/],
    ["a problem that the model does not know", other("blurred"), /no problem "blurred": use one of direct, shifted/],
    ["another noise", other("direct", gaussianNoise(identity(), 0.2)), /with sigma 0\.2, the model learnt sigma 0\.6/],
    [
      "another operator",
      other("direct", gaussianNoise(operator({ forward: (x) => mul(x, 2), name: "twice" }), sigma)),
      /by the operator "twice", the model learnt "identity"/,
    ],
    [
      "another transpose",
      other("direct", gaussianNoise({ ...identity(), transposeIsAdjoint: false }, sigma)),
      /with other masks or another transpose than the model learnt/,
    ],
    ["no observation", { data: [1] } as never, /make it with observe or observationOf/],
  ])("refuses %s", async (_name, wrong, message) => {
    const run = samplePosterior(model, wrong, { samples: 2, seed: 0, backend });
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(message);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ seed: -1 }, "seed is -1"],
    [{ seed: 1.5 }, "seed is 1.5"],
    [{ seed: NaN }, "seed is NaN"],
    [{ seed: undefined }, "give seed"],
    [{ backend: "foo" }, 'backend is "foo", it has to be one of onnx, jax'],
    [{ threads: 0 }, "threads is 0"],
    [{ sampler: "heun" }, 'sampler is "heun"'],
    [{ sampels: 4 }, 'no option "sampels": did you mean "samples"?'],
    [{ temperature: NaN }, "temperature is NaN"],
    [{ samples: 1e12 }, "draw fewer at a time"],
    [{ update: 1 }, "update is 1"],
  ])("refuses the options %j", async (options, message) => {
    const all = { samples: 2, seed: 0, backend, ...options } as PosteriorOptions;
    await expect(samplePosterior(model, one, all)).rejects.toThrow(message);
    if (!("temperature" in options || "update" in options))
      await expect(samplePrior(model, all as SampleOptions)).rejects.toThrow(message);
  });

  it("takes any noise that the model learnt", async () => {
    const heavy = problem("heavy", laplaceNoise(identity(), sigma));
    const run = samplePosterior(
      { ...model, problems: [heavy] },
      { ...one, problem: heavy },
      { samples: 1, seed: 0, backend },
    );
    expect((await run).samples.shape).toEqual([1, 1, 1, 2]);
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

  it("takes a label for all samples, or one each", async () => {
    const { model } = labelledModel();
    const draw = async (label?: number | Int32Array) =>
      (await samplePrior(model, { samples: 3, seed: 1, backend, ...(label === undefined ? {} : { label }) })).samples
        .data;
    const [without, all, each] = await Promise.all([draw(), draw(2), draw(Int32Array.of(0, 1, 2))]);
    without.forEach((value, i) => {
      expect(value - all[i]).toBeCloseTo(3, 5);
      expect(value - each[i]).toBeCloseTo(1 + Math.floor(i / 2), 5);
    });
  });
});

/** A flow map in which label c adds c + 1 to the velocity at all times, and so -(c + 1) to its samples. */
function labelledModel(): { model: VariationalFlowMap } {
  const exact = exactModel();
  const meanVelocity: VariationalFlowMap["meanVelocity"] = (parameters, x, r, t, labels) => {
    const u = exact.meanVelocity(parameters, x, r, t);
    return labels === undefined ? u : add(u, perSample(add(toFloat(labels), 1), x));
  };
  return { model: { ...exact, classes: 3, meanVelocity } };
}

describe("the other samplers and labels of samplePosterior", () => {
  const { model } = labelledModel();
  const two = observed([1.5, 1.5, -0.5, 2]);
  const draw = async (options: Partial<PosteriorOptions>) =>
    samplePosterior(model, two, { samples: 4, seed: 3, backend: "onnx", ...options });
  const expectMoved = (from: HostArray, to: HostArray, by: (observation: number) => number): void =>
    to.data.forEach((value, i) => expect(value - from.data[i]).toBeCloseTo(by(Math.floor(i / 8)), 4));

  it("moves with the label of all observations or of each", async () => {
    const [plain, all, each] = await Promise.all([{}, { label: 1 }, { label: Int32Array.of(0, 2) }].map(draw));
    expectMoved(plain.samples, all.samples, () => -2);
    expectMoved(plain.samples, each.samples, (observation) => (observation === 0 ? -1 : -3));
  });

  it("is guided in the interval, and counts the evaluations", async () => {
    const labelled = { label: 0, steps: 4 } as const;
    const [plain, guided] = await Promise.all(
      [labelled, { ...labelled, guidance: { scale: 3, interval: [0, 0.25] as const } }].map(draw),
    );
    expect(plain.evaluations).toBe(4);
    // Only the last step starts inside the interval: it moves twice as far, over a quarter of the time.
    expect(guided.evaluations).toBe(5);
    expectMoved(plain.samples, guided.samples, () => -0.25 * 2);
  });

  it("gamma sampling runs from the flow-map sampler to the restart sampler, whatever the batch size", async () => {
    const [euler, none, all, restart, small] = await Promise.all(
      [
        { steps: 3 },
        { steps: 3, sampler: "ctm" as const, gamma: 0 },
        { steps: 3, sampler: "ctm" as const, gamma: 1 },
        { steps: 3, sampler: "restart" as const },
        { steps: 3, sampler: "restart" as const, batchSize: 3 },
      ].map(draw),
    );
    expectMoved(euler.samples, none.samples, () => 0);
    expect(restart.samples.data).toEqual(all.samples.data);
    expectMoved(restart.samples, small.samples, () => 0);
    expect(restart.samples.data).not.toEqual(euler.samples.data);
  });

  it("each observation has the samples of its own seed, in whatever batches, with fresh noise and without", async () => {
    for (const options of [{}, { steps: 3, sampler: "restart" }, { batchSize: 4 }, { batchSize: 3 }] as const) {
      const together = await draw({ ...options, seed: [5, 9] });
      for (const [i, seed] of [5, 9].entries()) {
        const alone = observed([...two.y.data.subarray(2 * i, 2 * i + 2)]);
        const { samples } = await samplePosterior(model, alone, { samples: 4, backend: "onnx", ...options, seed });
        samples.data.forEach((value, k) => expect(together.samples.data[8 * i + k]).toBeCloseTo(value, 5));
      }
    }
    await expect(draw({ seed: [1] })).rejects.toThrow("2 observations have 1 seeds");
    await expect(draw({ seed: [1, -1] })).rejects.toThrow("or a list of one for each observation");
  });

  it.each<[string, Partial<PosteriorOptions>]>([
    ["gamma of a sampler that has none", { gamma: 0.5 }],
    ["ctm without gamma", { sampler: "ctm" }],
    ["gamma above 1", { sampler: "ctm", gamma: 1.5 }],
    ["guidance without a label", { guidance: { scale: 2 } }],
    ["a negative guidance", { label: 0, guidance: { scale: -1 } }],
    ["an empty interval", { label: 0, guidance: { scale: 2, interval: [0.8, 0.3] } }],
    ["a label that the flow map does not know", { label: 3 }],
    ["labels of another number of observations", { label: Int32Array.of(0, 1, 2) }],
  ])("refuses %s", async (_name, options) => {
    await expect(draw(options)).rejects.toThrow(InputError);
  });

  it("refuses a label where the flow map knows none", async () => {
    const run = samplePosterior(exactModel(), two, { samples: 1, seed: 0, label: 0 });
    await expect(run).rejects.toThrow("has no classes");
  });
});

it("a copy of a model of a class keeps its methods", async () => {
  class Own implements VariationalFlowMap {
    readonly inner = exactModel();
    readonly sampleShape = sampleShape;
    readonly problems = problems;
    readonly parameters = this.inner.parameters;
    meanVelocity(...inputs: Parameters<VariationalFlowMap["meanVelocity"]>): NDArray {
      return this.inner.meanVelocity(...inputs);
    }
    adapter(...inputs: Parameters<VariationalFlowMap["adapter"]>) {
      return this.inner.adapter(...inputs);
    }
  }
  const draw = async (model: VariationalFlowMap): Promise<HostArray> =>
    (await samplePosterior(model, observed([1.5, 1.5]), { samples: 3, seed: 1, backend })).samples;
  const wanted = await draw(exactModel());
  const copy = trainedModel(modelWith(new Own(), { updates: new Map() }));
  expect(await draw(copy)).toEqual(wanted);
  expect(copy.problem("direct")).toBe(problems[0]);
});

it("refuses a wrong number of labels for samples of the prior", async () => {
  const model = { ...exactModel(), classes: 2 };
  const drawn = samplePrior(model, { samples: 64, seed: 1, label: new Int32Array(3), backend });
  await expect(drawn).rejects.toThrow("64 samples have 3 labels");
});
