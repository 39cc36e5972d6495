import { describe, expect, it } from "vitest";
import { add, constant, hostArray, matmul, mul, randomSource, reshape } from "../array/index.js";
import { gaussianNoise, imageProblem, observe, operator, problem as ownProblem } from "../operators/index.js";
import { type ObservationUpdate, samplePosterior, type VariationalFlowMap } from "../vfm/index.js";
import { fitUpdate } from "./fit-updates.js";
import { neededIterations } from "./needed-iterations.js";
import { networkDraws, sharedDraws } from "./shared-draws.js";

// Pixels x ~ N(0, s^2) that are observed with sigma = 0.2.
const [s, sigma] = [0.2, 0.2];
const problem = imageProblem("denoise", { sigma });
const images = hostArray(
  randomSource(1)
    .normalArray([60, 64])
    .data.map((value) => s * value),
  [60, 1, 8, 8],
);

/** f(z) = z with an adapter that ignores y, so that all information comes from the update. */
const deaf: VariationalFlowMap = {
  sampleShape: [1, 8, 8],
  problems: [problem],
  parameters: { flowMap: {}, adapter: {} },
  meanVelocity: (_parameters, x) => mul(x, 0),
  adapter: (_parameters, aty) => ({ mean: mul(aty, 0), logSigma: add(mul(aty, 0), -20) }),
};

const options = {
  updateOf: (residual: number) => ({
    temperature: 1,
    ...(residual > 0 && { residual: { scales: hostArray(new Float32Array(64).fill(residual), [64]), saturation: 0 } }),
  }),
  samples: 16,
  seed: 2,
  backend: "jax" as const,
};

// Every entry of y mixes all pixels, so that the system has many eigenvalues.
const mixing = randomSource(5).normalArray([64, 64]);
const mixed = ownProblem(
  "mixed",
  gaussianNoise(operator({ forward: (x) => reshape(matmul(reshape(x, [-1, 64]), constant(mixing)), x.shape) }), 0.5),
);

it("an update gets the least number of iterations after which its samples hardly change", async () => {
  const { updateOf, samples, seed, backend } = options;
  const { temperature, residual } = updateOf(s);
  const update = (iterations: number): ObservationUpdate => ({
    temperature,
    ...(residual && { residual: { ...residual, iterations } }),
  });
  const model = (iterations: number): VariationalFlowMap => ({
    ...deaf,
    problems: [mixed],
    updates: new Map([["mixed", update(iterations)]]),
  });
  const observation = await observe(mixed, images, { seed: 4, backend });
  const draw = async (iterations: number) =>
    (await samplePosterior(model(iterations), observation, { samples, seed, backend })).samples.data;
  const exact = await draw(128);
  const differenceAfter = async (iterations: number): Promise<number> => {
    const squares = Array.from(await draw(iterations), (value, i) => (value - exact[i]) ** 2);
    return Math.sqrt(squares.reduce((total, square) => total + square, 0) / squares.length);
  };
  const drawUpdated = sharedDraws(networkDraws(model(1)), observation, { samples, seed, backend });
  const { iterations, difference } = await neededIterations(drawUpdated, update(1));
  expect(iterations).toBeGreaterThan(1);
  expect(iterations).toBeLessThan(64);
  expect(difference).toBeCloseTo(await differenceAfter(iterations), 5);
  expect(difference).toBeLessThanOrEqual(0.005);
  const before = iterations <= 8 ? iterations - 1 : iterations <= 16 ? iterations - 2 : Math.round(iterations * 0.75);
  expect(await differenceAfter(before)).toBeGreaterThan(0.005);
});

describe("fitting the update", () => {
  it("finds the residual with which the samples are the posterior", async () => {
    const found = await fitUpdate(networkDraws(deaf), problem, images, { ...options, candidates: [0, s, 4 * s] });
    const { chosen, trials } = found;
    expect(chosen.settings).toBe(s);
    expect(chosen.images).toBe(60);
    expect(chosen.outside).toBe(0);
    expect(found.update).toBe(true);
    // Without correlations, and with the same variance everywhere, the system is a multiple of the identity.
    expect(chosen.needed?.iterations).toBe(1);
    expect(chosen.needed?.difference).toBeLessThan(1e-3);
    // Without an update all samples are 0: E (y - 0)^2 / sigma^2 = 2.
    expect(Math.abs(trials[0].misfit - 2)).toBeLessThan(0.15);
    expect(trials[0].outside).toBeGreaterThan(0.5);
  });

  it("keeps the networks alone and a quarter of the updates from each round to the next, larger one", async () => {
    const { data } = randomSource(3).normalArray([160, 64]);
    const many = hostArray(
      data.map((value) => s * value),
      [160, 1, 8, 8],
    );
    const candidates = [0, 0.02, 0.04, 0.06, 0.08, s, 0.5, 0.7, 1];
    const { trials, chosen } = await fitUpdate(networkDraws(deaf), problem, many, { ...options, candidates });
    const tried = (count: number) => trials.filter((trial) => trial.images === count).map(({ settings }) => settings);
    expect(tried(10)).toEqual(candidates);
    expect(tried(40)).toHaveLength(3);
    expect(tried(160)).toHaveLength(2);
    for (const count of [40, 160]) expect(tried(count)).toContain(0);
    expect(tried(40)).toEqual(expect.arrayContaining(tried(160)));
    expect(chosen.images).toBe(160);
    expect(chosen.settings).toBe(s);
  });

  it("does not discard a setting because its intervals are a little narrow on the few images of an early round", async () => {
    const { data } = randomSource(4).normalArray([160, 64]);
    // The ten images of the first round vary more than the others. There a residual of s is too narrow but has the least
    // CRPS, and one of 1.6 s is calibrated.
    const uneven = hostArray(
      data.map((value, index) => (index < 640 ? 1.2 : 1) * s * value),
      [160, 1, 8, 8],
    );
    const { trials, chosen } = await fitUpdate(networkDraws(deaf), problem, uneven, {
      ...options,
      candidates: [0, s, 1.6 * s],
    });
    const first = (settings: number) => trials.find((trial) => trial.images === 10 && trial.settings === settings);
    expect(first(s)?.coverage90).toBeLessThan(0.88);
    expect(first(1.6 * s)?.coverage90).toBeGreaterThan(0.88);
    expect(chosen.settings).toBe(s);
    expect(chosen.outside).toBe(0);
  });

  it("tries more of the settings on all images if none of the last round is calibrated there", async () => {
    // The fifteen images of the first round vary less than the others: there 0.8 s has the least CRPS, but on all images
    // its intervals are too narrow.
    const uneven = hostArray(
      images.data.map((value, index) => (index < 15 * 64 ? 0.75 : 1) * value),
      images.shape,
    );
    const { trials, chosen } = await fitUpdate(networkDraws(deaf), problem, uneven, {
      ...options,
      candidates: [0, s, 0.8 * s, 5 * s],
    });
    const onAll = trials.filter((trial) => trial.images === 60);
    expect(onAll.map(({ settings }) => settings)).toEqual([0, 0.8 * s, s]);
    expect(onAll[1].coverage90).toBeLessThan(0.87);
    expect(chosen.settings).toBe(s);
    expect(chosen.outside).toBe(0);
  });

  it("judges a setting by the samples of its needed iterations", async () => {
    const fitted = await fitUpdate(networkDraws({ ...deaf, problems: [mixed] }), mixed, images, {
      ...options,
      candidates: [0, s],
    });
    const { settings, misfit, needed } = fitted.chosen;
    expect(settings).toBe(s);
    const iterations = needed?.iterations ?? 0;
    expect(iterations).toBeGreaterThan(16);
    const { temperature, residual } = options.updateOf(s);
    const update = { temperature, ...(residual && { residual: { ...residual, iterations } }) };
    const model = { ...deaf, problems: [mixed], updates: new Map([["mixed", update]]) };
    const { samples, seed, backend } = options;
    const observation = await observe(mixed, images, { seed, backend });
    const drawn = (await samplePosterior(model, observation, { samples, seed, backend })).samples.data;
    let [squares, count] = [0, 0];
    for (let image = 0; image < 60; image++)
      for (let sample = 0; sample < samples; sample++)
        for (let entry = 0; entry < 64; entry++) {
          let predicted = 0;
          for (let pixel = 0; pixel < 64; pixel++)
            predicted += drawn[(image * samples + sample) * 64 + pixel] * mixing.data[pixel * 64 + entry];
          squares += (observation.y.data[image * 64 + entry] - predicted) ** 2;
          count++;
        }
    expect(Math.abs((misfit * 0.5 ** 2) / (squares / count) - 1)).toBeLessThan(1e-3);
  });

  it("takes the nearest where nothing is calibrated", async () => {
    const { chosen } = await fitUpdate(networkDraws(deaf), problem, images, { ...options, candidates: [0, s / 4] });
    expect(chosen.settings).toBe(s / 4);
    expect(chosen.outside).toBeGreaterThan(0);
  });

  it("needs a setting without an update, and to know what a setting means", async () => {
    const fit = (own: object) =>
      fitUpdate(networkDraws(deaf), problem, images, { ...options, candidates: [s], ...own });
    await expect(fit({})).rejects.toThrow(/every candidate has an update/);
    await expect(fit({ updateOf: undefined })).rejects.toThrow(/give updateOf/);
  });

  it("leaves the update out where the networks alone are as good", async () => {
    // x | y ~ N(s^2 y / (s^2 + sigma^2), s^2 sigma^2 / (s^2 + sigma^2)).
    const share = s ** 2 / (s ** 2 + sigma ** 2);
    const exact: VariationalFlowMap = {
      ...deaf,
      adapter: (_parameters, aty) => ({
        mean: mul(aty, share),
        logSigma: add(mul(aty, 0), Math.log(share * sigma ** 2) / 2),
      }),
    };
    const found = await fitUpdate(networkDraws(exact), problem, images, { ...options, candidates: [0, s / 4, s] });
    expect(found.update).toBe(false);
    expect(found.chosen.needed).toBeUndefined();
    expect(found.chosen).toBe(found.networks);
    expect(found.chosen.settings).toBe(0);
    // The mean CRPS of a normal distribution with its own scale is scale / sqrt(pi).
    const scale = Math.sqrt(share) * sigma;
    expect(Math.abs(found.chosen.crps / (scale / Math.sqrt(Math.PI)) - 1)).toBeLessThan(0.05);
  });
});
