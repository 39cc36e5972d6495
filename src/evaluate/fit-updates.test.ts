import { describe, expect, it } from "vitest";
import { add, hostArray, mul, randomSource } from "../array/index.js";
import { imageProblem } from "../operators/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { fitUpdate } from "./fit-updates.js";

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

describe("fitting the update", () => {
  it("finds the residual with which the samples are the posterior", async () => {
    const found = await fitUpdate(deaf, problem, images, { ...options, candidates: [0, s, 4 * s] });
    const { chosen, trials } = found;
    expect(chosen.settings).toBe(s);
    expect(chosen.images).toBe(60);
    expect(chosen.outside).toBe(0);
    expect(found.update).toBe(true);
    // Without correlations, and with the same variance everywhere, the system is a multiple of the identity.
    expect(found.needed?.iterations).toBe(1);
    expect(found.needed?.difference).toBeLessThan(1e-3);
    // Without an update all samples are 0: E (y - 0)^2 / sigma^2 = 2.
    expect(Math.abs(trials[0].misfit - 2)).toBeLessThan(0.15);
    expect(trials[0].outside).toBeGreaterThan(0.5);
  });

  it("takes the nearest where nothing is calibrated", async () => {
    const { chosen } = await fitUpdate(deaf, problem, images, { ...options, candidates: [0, s / 4] });
    expect(chosen.settings).toBe(s / 4);
    expect(chosen.outside).toBeGreaterThan(0);
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
    const found = await fitUpdate(exact, problem, images, { ...options, candidates: [0, s / 4, s] });
    expect(found.update).toBe(false);
    expect(found.needed).toBeUndefined();
    expect(found.chosen).toBe(found.networks);
    expect(found.chosen.settings).toBe(0);
    // The mean CRPS of a normal distribution with its own scale is scale / sqrt(pi).
    const scale = Math.sqrt(share) * sigma;
    expect(Math.abs(found.chosen.crps / (scale / Math.sqrt(Math.PI)) - 1)).toBeLessThan(0.05);
  });
});
