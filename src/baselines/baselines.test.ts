import { readFile } from "node:fs/promises";
import { afterAll, describe, expect, it } from "vitest";
import {
  hostArray,
  hostFull,
  type HostArray,
  mul,
  type NDArray,
  perSample,
  randomSource,
  sub,
} from "../array/index.js";
import { InputError } from "../errors.js";
import {
  covarianceOf,
  firstPixel,
  momentsOf,
  type PlaneGaussian,
  planeMeanVelocity,
  planePosterior,
  type Symmetric,
  twoPixels,
  type Vector,
} from "../../test/support/correlated-gaussian.js";
import {
  drawParameters,
  gaussianNoise,
  highDynamicRange,
  type Observation,
  observe as observeImages,
  problem as ownProblem,
} from "../operators/index.js";
import {
  conditionalFlow,
  conditionalFlowMap,
  type ConditionalFlowMap,
  diffusionPosteriorSampling,
  flowDrivenPosteriorSampling,
  guidedMethods,
  noiseSpaceChain,
  optimisedNoise,
  plugAndPlayFlow,
  type PosteriorSampler,
  type PriorModel,
  pseudoinverseGuidedFlow,
  samplerEngine,
  updatedConditional,
} from "./index.js";

// x ~ N(m, C) in the plane, y = x_1 + sigma eps: all distributions are known in closed form.
const prior: PlaneGaussian = { mean: [0.3, -0.2], deviations: [1.4, 0.5], angle: 0.6 };
const standard: PlaneGaussian = { mean: [0, 0], deviations: [1, 1], angle: 0 };
const sigma = 0.5;
const y = 1.2;
const problem = firstPixel(sigma);
const draws = 4000;
const engine = samplerEngine({ batchSize: draws });
afterAll(() => engine.dispose());

function observe(values: readonly number[]): Observation {
  const image = hostArray(
    values.flatMap((value) => [value, 0]),
    [values.length, 1, 1, 2],
  );
  const parameters = drawParameters(problem, values.length, twoPixels, 0);
  return { problem, y: image, transposed: image, parameters };
}

function modelOf(gaussian: PlaneGaussian): PriorModel {
  const u = planeMeanVelocity(gaussian);
  return { parameters: { flowMap: { none: hostArray([0], [1]) } }, meanVelocity: (_, x, r, t) => u(x, r, t) };
}
const model = modelOf(prior);
const standardModel = modelOf(standard);

async function moments(sampler: PosteriorSampler): Promise<{ mean: Vector; covariance: Symmetric }> {
  const drawn = await sampler.sample(observe([y]), { samples: draws, seed: 1 });
  expect(drawn.shape).toEqual([1, draws, 1, 1, 2]);
  return momentsOf(drawn);
}

/** Four standard errors: of 4,000 draws they are below 0.022 for means and 0.04 for covariances. */
const within = { mean: 0.09, covariance: 0.16 };
function expectMoments(
  found: { mean: Vector; covariance: Symmetric },
  expected: { mean: Vector; covariance: Symmetric },
  error = within,
): void {
  found.mean.forEach((value, k) => expect(Math.abs(value - expected.mean[k])).toBeLessThan(error.mean));
  found.covariance.forEach((value, k) =>
    expect(Math.abs(value - expected.covariance[k])).toBeLessThan(error.covariance),
  );
}

/** Checks the figures of a method in docs/evaluation.md: mean and variance of the first pixel, then of the second. */
async function expectDocumented(
  method: string,
  { mean, covariance }: { mean: Vector; covariance: Symmetric },
): Promise<void> {
  const page = await readFile("docs/evaluation.md", "utf8");
  const row = page.split("\n").find((line) => line.startsWith(`| ${method}`));
  const cells = row?.split("|").slice(2, 4) ?? [];
  const shown = (value: number): string => (value < 0.001 ? "below 0.001" : value.toFixed(2));
  const figures = [0, 1].map((k) => `${shown(mean[k])}, ${shown(covariance[2 * k])}`);
  expect(cells.map((cell) => cell.trim())).toEqual(figures);
}

type Matrix = [number, number, number, number];
const times = ([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix => [
  a * e + b * g,
  a * f + b * h,
  c * e + d * g,
  c * f + d * h,
];
const applied = ([a, b, c, d]: Matrix, [x1, x2]: Vector): Vector => [a * x1 + b * x2, c * x1 + d * x2];
const transposed = ([a, b, c, d]: Matrix): Matrix => [a, c, b, d];
const scaled = (factor: number, matrix: Matrix): Matrix => matrix.map((value) => factor * value) as Matrix;
const plus = (a: Matrix, b: Matrix): Matrix => a.map((value, k) => value + b[k]) as Matrix;
const unit: Matrix = [1, 0, 0, 1];

/**
 * E[x | x_t] = m + D (x_t - (1 - t) m), D = (1 - t) C ((1 - t)^2 C + t^2 I)^-1, the best denoiser in closed form: the
 * matrix D and the vector (I - (1 - t) D) m.
 */
function denoiser(t: number): { matrix: Matrix; offset: Vector } {
  const [c11, c12, c22] = covarianceOf(prior);
  const own: Matrix = [c11, c12, c12, c22];
  const [a, b, , d] = plus(scaled((1 - t) ** 2, own), scaled(t ** 2, unit));
  const determinant = a * d - b * b;
  const inverse: Matrix = [d / determinant, -b / determinant, -b / determinant, a / determinant];
  const matrix = scaled(1 - t, times(own, inverse));
  return { matrix, offset: applied(plus(unit, scaled(-(1 - t), matrix)), [...prior.mean]) };
}

/** The moments of x <- M x + c + N eps, eps ~ N(0, I), step by step. */
function affineMoments(steps: readonly { matrix: Matrix; offset: Vector; noise: Matrix }[]): {
  mean: Vector;
  covariance: Symmetric;
} {
  let mean: Vector = [0, 0];
  let covariance = unit;
  for (const { matrix, offset, noise } of steps) {
    mean = applied(matrix, mean).map((value, k) => value + offset[k]) as Vector;
    covariance = plus(times(times(matrix, covariance), transposed(matrix)), times(noise, transposed(noise)));
  }
  return { mean, covariance: [covariance[0], covariance[1], covariance[3]] };
}

const grid = (steps: number): [t: number, r: number][] =>
  Array.from({ length: steps }, (_, k) => [1 - k / steps, 1 - (k + 1) / steps]);

describe("samplers that are exact where their assumption holds", () => {
  it("noise-space chains draw from the posterior: Hamiltonian", async () => {
    const sampler = noiseSpaceChain(model, { steps: 60, leapfrog: 4, stepSize: 0.3 }, engine);
    expect(sampler.evaluations).toBe(241);
    expectMoments(await moments(sampler), planePosterior(prior, y, sigma));
    await expectDocumented("posterior, chain", planePosterior(prior, y, sigma));
  });

  it("noise-space chains draw from the posterior: Langevin", async () => {
    const sampler = noiseSpaceChain(model, { steps: 80, leapfrog: 1, stepSize: 0.05 }, engine);
    expectMoments(await moments(sampler), planePosterior(prior, y, sigma));
  });

  it.each([
    ["a conditional flow with the posterior's own velocity", 64],
    ["a conditional flow map with the posterior's own mean velocity, in one evaluation,", 1],
  ])("%s draws from it", async (_name, steps) => {
    const { mean, covariance } = planePosterior(standard, y, sigma);
    // The posterior of the standard prior has independent pixels, and its mean is A^T y times a gain: the flow of N(0,
    // covariance), shifted by (1 - t) mean.
    const deviations = [Math.sqrt(covariance[0]), Math.sqrt(covariance[2])] as const;
    const centred = planeMeanVelocity({ mean: [0, 0], deviations, angle: 0 });
    const exact = {
      problems: [problem],
      parameters: { gain: hostArray([covariance[0] / sigma ** 2], [1]) },
      meanVelocity: (parameters: unknown, x: NDArray, r: NDArray, t: NDArray, aty: NDArray) => {
        const centre = mul(aty, (parameters as { gain: NDArray }).gain);
        return sub(centred(sub(x, mul(centre, perSample(sub(1, t), x))), r, t), centre);
      },
    };
    const sampler =
      steps === 1
        ? conditionalFlowMap("conditional", exact, { steps }, engine)
        : conditionalFlow(exact, { steps }, engine);
    expect(sampler.evaluations).toBe(steps);
    expectMoments(await moments(sampler), { mean, covariance });
  });

  it("a conditional flow map that knows nothing has its samples from its update alone", async () => {
    const residual = { scales: hostArray([1, 1], [2]), saturation: 0 };
    // u = x: every sample is 0, and the residual has the variance of the standard prior.
    const nothing: ConditionalFlowMap = {
      problems: [problem],
      parameters: {},
      updates: new Map([[problem.name, { temperature: 1, residual }]]),
      meanVelocity: (_parameters, x) => x,
    };
    const sampler = updatedConditional("updated", nothing, engine);
    expect(sampler.evaluations).toBe(1);
    expectMoments(await moments(sampler), planePosterior(standard, y, sigma));
    // u = 0: the samples are the noise, times the temperature.
    const noise: ConditionalFlowMap = {
      ...nothing,
      updates: new Map([[problem.name, { temperature: 0.5 }]]),
      meanVelocity: (_parameters, x) => mul(x, 0),
    };
    expectMoments(await moments(updatedConditional("noise", noise, engine)), {
      mean: [0, 0],
      covariance: [0.25, 0, 0.25],
    });
  });

  it("OT-ODE draws from the posterior of a standard normal prior", async () => {
    const sampler = pseudoinverseGuidedFlow(standardModel, { steps: 200, start: 0.95, guidance: 1 }, engine);
    expect(sampler.evaluations).toBe(200);
    // 0.05 of the tolerance is for the start, which does not have the posterior's mean.
    expectMoments(await moments(sampler), planePosterior(standard, y, sigma), { mean: 0.07, covariance: 0.12 });
  });

  it("samplers without guidance draw from the prior", async () => {
    const expected = { mean: [...prior.mean] as Vector, covariance: covarianceOf(prior) };
    // With a hundred steps the largest variance is too small by 0.05, with and without fresh noise.
    for (const stochasticity of [0, 1]) {
      const sampler = diffusionPosteriorSampling(model, { steps: 100, guidance: 0, stochasticity }, engine);
      expectMoments(await moments(sampler), expected, { mean: 0.1, covariance: 0.2 });
    }
  });
});

describe("samplers with a known bias", () => {
  it("FlowDPS has the moments of its own recursion, with too little spread", async () => {
    const [steps, stepSize] = [30, 0.5];
    const found = await moments(flowDrivenPosteriorSampling(model, { steps, stepSize }, engine));
    const recursion = grid(steps).map(([t, r]) => {
      const { matrix, offset } = denoiser(t);
      // Three descents leave (1 - stepSize)^3 of the first pixel's misfit; the share t of that change is used.
      const pull = t * (1 - (1 - stepSize) ** 3);
      const moved: Matrix = [1 - pull, 0, 0, 1];
      const noise = plus(scaled(1 / t, unit), scaled(-(1 - t) / t, matrix));
      const [a, b] = applied(moved, offset);
      const data: Vector = [(1 - r) * (a + pull * y), (1 - r) * b];
      const fixed = applied(scaled((-r * Math.sqrt(r) * (1 - t)) / t, unit), offset);
      return {
        matrix: plus(scaled(1 - r, times(moved, matrix)), scaled(r * Math.sqrt(r), noise)),
        offset: [data[0] + fixed[0], data[1] + fixed[1]] as Vector,
        noise: scaled(r * Math.sqrt(1 - r), unit),
      };
    });
    expectMoments(found, affineMoments(recursion), { mean: 0.06, covariance: 0.08 });
    await expectDocumented("`flow-dps`, 30 steps, step size 0.5", affineMoments(recursion));
    expect(found.covariance[0]).toBeLessThan(0.5 * planePosterior(prior, y, sigma).covariance[0]);
  });

  it("PnP-Flow has the moments of its own recursion, with far less spread than the posterior", async () => {
    const [steps, stepSize, exponent] = [40, 0.8, 0.5];
    const found = await moments(plugAndPlayFlow(model, { steps, stepSize, exponent }, engine));
    const recursion = grid(steps).map(([t]) => {
      const { matrix, offset } = denoiser(t);
      const pull = stepSize * t ** exponent;
      const moved: Matrix = [1 - pull, 0, 0, 1];
      const [a, b] = applied(scaled(1 - t, matrix), [pull * y, 0]);
      return {
        matrix: scaled(1 - t, times(matrix, moved)),
        offset: [a + offset[0], b + offset[1]] as Vector,
        noise: scaled(t, matrix),
      };
    });
    expectMoments(found, affineMoments(recursion), { mean: 0.05, covariance: 0.05 });
    await expectDocumented("`pnp-flow`, 40 steps, step size 0.8", affineMoments(recursion));
    expect(found.covariance[0]).toBeLessThan(0.2 * planePosterior(prior, y, sigma).covariance[0]);
  });

  it("D-Flow ends at the posterior's mean, without spread", async () => {
    const sampler = optimisedNoise(model, { steps: 300, stepSize: 0.05, regularisation: 1 }, engine);
    expect(sampler.evaluations).toBe(301);
    const found = await moments(sampler);
    const { mean } = planePosterior(prior, y, sigma);
    expectMoments(found, { mean, covariance: [0, 0, 0] }, { mean: 0.01, covariance: 0.001 });
    await expectDocumented("`d-flow`, 300 steps, weight 1 on the norm", { mean, covariance: [0, 0, 0] });
  });

  it("DPS moves as the same recursion in plain numbers does: to the observation, with too little spread", async () => {
    const settings = { steps: 50, guidance: 0.3, stochasticity: 1 };
    const found = await moments(diffusionPosteriorSampling(model, settings, engine));
    const random = randomSource(5, "plain DPS");
    const data = new Float32Array(2 * draws);
    for (let i = 0; i < draws; i++) data.set(plainDps(settings, random.normal), 2 * i);
    expectMoments(found, momentsOf(hostArray(data, [draws, 2])), { mean: 0.08, covariance: 0.12 });
    await expectDocumented("`dps`, 50 steps, guidance 0.3", momentsOf(hostArray(data, [draws, 2])));
    const posterior = planePosterior(prior, y, sigma);
    expect(Math.abs(found.mean[0] - y)).toBeLessThan(0.5 * Math.abs(found.mean[0] - posterior.mean[0]));
    expect(found.covariance[0]).toBeLessThan(0.5 * posterior.covariance[0]);
  });
});

/** One DPS chain in plain numbers: grad_{x_t} |y - x0_1| = -sign(y - x0_1) times the first row of D. */
function plainDps({ steps, guidance }: { steps: number; guidance: number }, normal: () => number): Vector {
  let x: Vector = [normal(), normal()];
  for (const [t, r] of grid(steps)) {
    const { matrix, offset } = denoiser(t);
    const x0 = applied(matrix, x).map((value, k) => value + offset[k]) as Vector;
    const sign = Math.sign(y - x0[0]);
    const s = r * Math.sqrt(Math.max(0, 1 - (((1 - t) * r) / ((1 - r) * t)) ** 2));
    x = x.map((value, k) => {
      const z = (value - (1 - t) * x0[k]) / t;
      const next = (1 - r) * x0[k] + Math.sqrt(Math.max(0, r * r - s * s)) * z + s * normal();
      return next + guidance * sign * matrix[k];
    }) as Vector;
  }
  return x;
}

describe("every guided sampler", () => {
  const observed = observe([y, -0.4, 0.1]);
  const few: Record<string, number> = { steps: 3 };
  const sampleOf = async (method: (typeof guidedMethods)[number], batchSize: number, seed = 4): Promise<HostArray> => {
    const own = samplerEngine({ batchSize });
    const drawn = await method.create(model, { ...method.initial, ...few }, own).sample(observed, { samples: 2, seed });
    await own.dispose();
    return drawn;
  };

  it.each(guidedMethods)("$name: the seed fixes the samples, whatever the batch size", async (method) => {
    const whole = await sampleOf(method, 6);
    expect(whole.shape).toEqual([3, 2, 1, 1, 2]);
    (await sampleOf(method, 4)).data.forEach((value, i) => expect(value).toBeCloseTo(whole.data[i], 4));
    expect(await sampleOf(method, 6, 5)).not.toEqual(whole);
  });

  it.each(guidedMethods)(
    "$name: every initial setting can be tuned, and lies in the range of the search",
    ({ initial, ranges, mostSteps }) => {
      expect(Object.keys(ranges)).toEqual(Object.keys(initial));
      for (const [name, range] of Object.entries(ranges))
        if (range.kind === "choice") expect([...range.values, mostSteps]).toContain(initial[name]);
        else {
          expect(initial[name]).toBeGreaterThanOrEqual(range.low);
          expect(initial[name]).toBeLessThanOrEqual(range.high);
        }
    },
  );

  it.each(guidedMethods)("$name: tells of every step, and ends where the listener throws", async (method) => {
    const steps: number[] = [];
    const sampler = method.create(model, { ...method.initial, ...few }, engine);
    const options = { samples: 2, seed: 4 };
    const drawn = await sampler.sample(observed, {
      ...options,
      onStep: ({ step, steps: all, x }) => {
        expect(all).toBe(3);
        expect(x.shape).toEqual([6, 1, 1, 2]);
        steps.push(step);
      },
    });
    expect(steps).toEqual([1, 2, 3]);
    expect(drawn).toEqual(await sampler.sample(observed, options));
    const stop = (): never => {
      throw new Error("enough");
    };
    await expect(sampler.sample(observed, { ...options, onStep: stop })).rejects.toThrow("enough");
  });

  it("refuses an observation without y", async () => {
    const { problem: its, transposed: aty } = observed;
    const sampler = optimisedNoise(model, { steps: 1, stepSize: 0.1, regularisation: 0 }, engine);
    const drawn = sampler.sample({ problem: its, transposed: aty } as Observation, { samples: 1, seed: 1 });
    await expect(drawn).rejects.toThrow(/d-flow needs y/);
  });

  it("refuses a nonlinear operator where a method takes the adjoint", async () => {
    const overexposed = ownProblem("overexposed", gaussianNoise(highDynamicRange(), 0.1));
    const picture = hostFull([1, 1, 1, 2], 0.5);
    const seen = await observeImages(overexposed, picture, { seed: 1 });
    for (const { name, initial, create } of guidedMethods) {
      const drawn = create(model, { ...initial, ...few }, engine).sample(seen, { samples: 1, seed: 1 });
      if (["dps", "d-flow"].includes(name)) expect((await drawn).shape).toEqual([1, 1, 1, 1, 2]);
      else
        await expect(drawn).rejects.toThrow(`${name} needs a linear operator, and "high-dynamic-range" is not linear`);
    }
  });

  it("refuses settings that are missing, unknown or out of range, of the chain and in direct calls too", () => {
    const [dps, otOde] = guidedMethods;
    const none = { steps: 3 } as never;
    for (const make of [plugAndPlayFlow, flowDrivenPosteriorSampling, optimisedNoise, noiseSpaceChain])
      expect(() => make(model, none, engine)).toThrow(/give (stepSize|leapfrog)/);
    expect(() => noiseSpaceChain(model, { steps: 3, leapfrog: 0, stepSize: 0.1 }, engine)).toThrow(/leapfrog is 0/);
    expect(() => samplerEngine({ reuseOutputs: true } as never)).toThrow(/no option "reuseOutputs"/);
    expect(() => dps.create(model, { steps: 3 }, engine)).toThrow(InputError);
    expect(() => dps.create(model, { ...dps.initial, speed: 1 }, engine)).toThrow(/speed/);
    expect(() => dps.create(model, { ...dps.initial, steps: 0 }, engine)).toThrow(/positive integer/);
    expect(() => otOde.create(model, { ...otOde.initial, start: 1 }, engine)).toThrow(/between 0 and 1/);
  });
});
