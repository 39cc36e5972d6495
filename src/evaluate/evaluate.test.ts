import { beforeAll, describe, expect, it } from "vitest";
import { add, hostArray, mul, type NDArray, randomSource } from "../array/index.js";
import { type Dataset } from "../data/index.js";
import { InputError } from "../errors.js";
import { imageProblem } from "../operators/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { type Classifier } from "../classifier/index.js";
import { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.js";
import { featureReference } from "./feature-scores.js";
import { modelSampler } from "./model-sampler.js";
import { priorDistance } from "./prior.js";

// Pixels x ~ N(0, s^2) with s = 0.2, independent: for denoising with sigma = 0.2 the posterior is N(y / 2, s^2 / 2).
const s = 0.2;
const sigma = 0.2;
const posteriorDeviation = s / Math.SQRT2;
const size = 64;
const shape = { channels: 1, height: 8, width: 8 };

function images(count: number, seed: number): Dataset {
  const { data } = randomSource(seed, "images").normalArray([count, size]);
  const pixels = Float32Array.from(data, (value) => s * value);
  return { count, shape, images: pixels, labels: labelsOf(pixels) };
}

const labelsOf = (pixels: Float32Array): Int32Array =>
  Int32Array.from({ length: pixels.length / size }, (_, i) => (pixels[i * size] > 0 ? 1 : 0));

const problems = ["denoise", "inpaint-box"].map((name) => imageProblem(name, { sigma }));

/** f(z) = scale z; the posterior of a pixel is N(gain A^T y, deviation^2). */
function linearModel(scale: number, gain: number, deviation: number): VariationalFlowMap {
  return {
    sampleShape: [1, 8, 8],
    problems,
    parameters: { flowMap: { scale: hostArray([scale], []) }, adapter: { gain: hostArray([gain / scale], []) } },
    meanVelocity: (parameters, x) => add(x, mul(x, mul((parameters as { scale: NDArray }).scale, -1))),
    adapter: (parameters, aty) => ({
      mean: mul(aty, (parameters as { gain: NDArray }).gain),
      logSigma: add(mul(aty, 0), Math.log(deviation / scale)),
    }),
  };
}

/** Classifies by the sign of the first pixel; the features are the first two pixels. */
const classifier: Classifier = {
  image: shape,
  featureSize: 2,
  classify: (pixels) => Promise.resolve({ labels: labelsOf(pixels), features: pixels.filter((_, i) => i % size < 2) }),
  dispose: () => Promise.resolve(),
};

const exact = linearModel(s, 0.5, posteriorDeviation);
const ignorant = linearModel(0.3, 0, s);
const options: EvaluateOptions = {
  problems,
  images: 400,
  samplesPerImage: 16,
  seed: 3,
  classifier,
};
const heldOut = images(500, 1);
const samplerOf = (model: VariationalFlowMap) => modelSampler("vfm", model, { steps: 1 });

/** E|X - x| - E|X - X'| / 2 of a forecast N(m, a^2) for N(m, b^2). */
const expectedCrps = (a: number, b: number): number =>
  Math.sqrt(a ** 2 + b ** 2) * Math.sqrt(2 / Math.PI) - a / Math.sqrt(Math.PI);

describe("evaluate", () => {
  let result: Evaluation;
  const progress: [number, string][] = [];
  beforeAll(async () => {
    result = await evaluate([samplerOf(exact), modelSampler("frozen", ignorant, { steps: 1 })], heldOut, {
      ...options,
      onProgress: (done, label) => progress.push([done, label]),
    });
  });

  it("finds an exact posterior right", () => {
    const { vfm } = result.problems.denoise;
    const exactScore = expectedCrps(posteriorDeviation, posteriorDeviation);
    expect(vfm.crpsFair / exactScore).toBeCloseTo(1, 1.5);
    expect(vfm.crps / (exactScore + posteriorDeviation / Math.sqrt(Math.PI) / 16)).toBeCloseTo(1, 1.5);
    const [low = Infinity, high = -Infinity] = vfm.crpsInterval ?? [];
    expect(low).toBeLessThan(vfm.crps);
    expect(high).toBeGreaterThan(vfm.crps);
    expect(vfm.coverage90).toBeCloseTo(0.9, 2);
    expect(vfm.misfit).toBeCloseTo(1, 1.5);
    expect(vfm.psnrSample).toBeCloseTo(10 * Math.log10(4 / (2 * posteriorDeviation ** 2)), 0.5);
    expect(vfm.psnrMean).toBeCloseTo(10 * Math.log10(4 / (posteriorDeviation ** 2 * (1 + 1 / 16))), 0.5);
    // The distance of two vectors of 64 independent pixels is sqrt(2 * 64) deviations, less a quarter over the root.
    const apart = posteriorDeviation * (Math.sqrt(2 * size) - 1 / (4 * Math.sqrt(size / 2)) / Math.SQRT2);
    expect(vfm.energyFair / (apart / 2)).toBeCloseTo(1, 1.7);
    // The mean of the samples is closer to the truth than a sample.
    expect(vfm.ssimMean).toBeGreaterThan(vfm.ssimSample);
    expect(vfm.ssimSample).toBeGreaterThan(0);
    expect(vfm.evaluations).toBe(1);
    expect(vfm.msPerSample).toBeGreaterThan(0);
    // P(sign of x = sign of a posterior sample) with correlation 1/2 is 1/2 + asin(1/2) / pi.
    expect(Math.abs((vfm.labelAgreement as number) - 2 / 3)).toBeLessThan(0.03);
  });

  it("finds a baseline that ignores the observation worse", () => {
    const { frozen } = result.problems.denoise;
    expect(frozen?.crpsFair / expectedCrps(s, s)).toBeCloseTo(1, 1.5);
    expect(Math.abs((frozen?.labelAgreement as number) - 0.5)).toBeLessThan(0.03);
    // y - x has the variance s^2 + sigma^2 + s^2.
    expect(frozen?.misfit).toBeCloseTo(3, 0.5);
  });

  it("scores hidden pixels alone where a problem hides some, and the misfit on the others", () => {
    const { vfm } = result.problems["inpaint-box"];
    expect(vfm.crpsFair / expectedCrps(posteriorDeviation, s)).toBeCloseTo(1, 1);
    expect(vfm.misfit).toBeCloseTo(1, 1.5);
    // The model's spread is too small where nothing was observed.
    expect(vfm.coverage90).toBeLessThan(0.895);
  });

  it("tells how far it is", () => {
    expect(progress.map(([done]) => done)).toEqual([0, 1, 2, 3].map((part) => part / 4));
    expect(progress[1][1]).toBe("denoise, frozen");
  });

  it("depends on the seed alone", async () => {
    const few = { ...options, problems: problems.slice(0, 1), images: 20, classifier: undefined };
    const { crps } = (await evaluate([samplerOf(exact)], heldOut, few)).problems.denoise.vfm;
    expect((await evaluate([samplerOf(exact)], heldOut, few)).problems.denoise.vfm.crps).toBe(crps);
    expect((await evaluate([samplerOf(exact)], heldOut, { ...few, seed: 4 })).problems.denoise.vfm.crps).not.toBe(crps);
  });

  it("leaves out what it cannot know", async () => {
    const few = { ...options, images: 3, classifier: undefined };
    const { problems: found } = await evaluate([samplerOf(exact)], heldOut, few);
    expect(found.denoise.vfm).not.toHaveProperty("labelAgreement");
  });

  it("takes images in parts without repeating noise", async () => {
    // 2^22 values are 16 samples of 64 images of 64 x 64 pixels, so the second part has one image.
    const large = { channels: 1, height: 64, width: 64 };
    const blank: Dataset = { count: 65, shape: large, images: new Float32Array(65 * 4096) };
    const model = { ...linearModel(s, 0.5, posteriorDeviation), sampleShape: [1, 64, 64] };
    const few = { ...options, problems: problems.slice(0, 1), images: 65, classifier: undefined };
    const whole = (await evaluate([samplerOf(model)], blank, few)).problems.denoise.vfm;
    const part = (await evaluate([samplerOf(model)], blank, { ...few, images: 64 })).problems.denoise.vfm;
    const last = 65 * whole.misfit - 64 * part.misfit;
    expect(last).toBeCloseTo(0.75, 1);
    const first = (await evaluate([samplerOf(model)], blank, { ...few, images: 1 })).problems.denoise.vfm.misfit;
    expect(Math.abs(last - first)).toBeGreaterThan(1e-4);
  });

  it("refuses two samplers of one name", async () => {
    const twice = [samplerOf(exact), samplerOf(ignorant)];
    await expect(evaluate(twice, heldOut, options)).rejects.toThrow('two samplers are called "vfm"');
  });

  it("refuses an evaluation of nothing", async () => {
    await expect(evaluate([samplerOf(exact)], heldOut, { ...options, images: 0 })).rejects.toThrow(InputError);
    await expect(evaluate([samplerOf(exact)], heldOut, { ...options, samplesPerImage: 1 })).rejects.toThrow(InputError);
  });
});

describe("priorDistance", () => {
  it("measures a flow map that samples the images' distribution, and one that does not", async () => {
    const { fit } = await featureReference(classifier, images(5000, 9));
    const distance = (model: VariationalFlowMap): Promise<number> =>
      priorDistance(model, classifier, fit, { priorSamples: 5000, steps: 1, seed: 3 });
    expect(Math.abs(await distance(exact))).toBeLessThan(0.002);
    expect(Math.abs((await distance(ignorant)) - 2 * (0.3 - s) ** 2)).toBeLessThan(0.005);
  });
});
