import { describe, expect, it } from "vitest";
import { add, type HostArray, mul, type NDArray, randomSource, sum, valueAndGradient } from "../../src/array/index.js";
import {
  adapterFeatures,
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "../../src/models/adapter-unet.js";
import { drawNoise, klToStandardNormal } from "../../src/vfm/index.js";
import { relativeError } from "../support/compare.js";
import { evaluate } from "../support/evaluate.js";
import { type Fixture, fixturesOf, publishedWeights } from "../support/fixture.js";
import { expectGradients } from "../support/gradient-statistics.js";
import { adapterConfigOf, type PublishedAdapter } from "../support/published-models.js";

const named = fixturesOf("adapter").map((fixture): [string, Fixture] => [fixture.file, fixture]);

describe.each(named)("adapter against the published network: %s", (_, fixture) => {
  const config = adapterConfigOf(fixture.config.model as PublishedAdapter);
  const parameters = publishedWeights(initialiseAdapterEncoder(config, randomSource(0)), fixture, "w.");
  const [y, eps, ofMean, ofLogVariance] = ["y", "eps", "cotangent_mu", "cotangent_logvar"].map((name) =>
    fixture.get(`in.${name}`),
  );
  const problem = fixture.integers("in.c");

  it("gives its mean, log variance and gradients", async () => {
    const result = await evaluate(
      (weights: AdapterEncoderParameters, y: NDArray, problem: NDArray, ofMean: NDArray, ofLogVariance: NDArray) =>
        valueAndGradient((weights: AdapterEncoderParameters) => {
          const { mean, logSigma } = applyAdapterEncoder(weights, y, problem);
          const logVariance = mul(logSigma, 2);
          const objective = add(sum(mul(mean, ofMean)), sum(mul(logVariance, ofLogVariance)));
          return [objective, { mean, logVariance }];
        })(weights),
      [parameters, y, problem, ofMean, ofLogVariance],
      "onnx",
    );
    expect(relativeError(result.auxiliary.mean, fixture.get("out.mu"))).toBeLessThan(1e-5);
    expect(relativeError(result.auxiliary.logVariance, fixture.get("out.logvar"))).toBeLessThan(1e-5);
    expectGradients(fixture.under("out.gradstat."), result.gradient, parameters);
  });

  it("computes what the published network does on its way", async () => {
    const { embedding, levels, middle } = await evaluate(
      (weights: AdapterEncoderParameters, y: NDArray, problem: NDArray) => adapterFeatures(weights, y, problem),
      [parameters, y, problem],
      "onnx",
    );
    const computed: [string, HostArray][] = [
      ["cond", embedding],
      ...levels.map((level, i): [string, HostArray] => [`down${i}`, level]),
      ["mid2", middle],
    ];
    for (const [name, array] of computed)
      expect(relativeError(array, fixture.get(`out.dbg.${name}`)), name).toBeLessThan(1e-5);
  });

  it("gives its noise at every temperature and its divergence", async () => {
    const temperatureOf = (name: string): number => Number(/^z_temperature(.+)$/.exec(name)?.[1] ?? 1);
    const draws = [...fixture.under("out.z").keys()].map((name) => `z${name}`);
    const noises = draws.map((name) => ({
      shape: eps.shape,
      data: eps.data.map((value) => temperatureOf(name) * value),
    }));
    const { drawn, kl } = await evaluate(
      (weights: AdapterEncoderParameters, y: NDArray, problem: NDArray, noises: NDArray[]) => {
        const q = applyAdapterEncoder(weights, y, problem);
        return { drawn: noises.map((noise) => drawNoise(q, noise)), kl: klToStandardNormal(q, "mean") };
      },
      [parameters, y, problem, noises],
      "onnx",
    );
    drawn.forEach((z, i) => expect(relativeError(z, fixture.get(`out.${draws[i]}`)), draws[i]).toBeLessThan(1e-5));
    expect(relativeError(kl, fixture.get("out.kl"))).toBeLessThan(1e-5);
  });

  it("leaves no published number uncompared", () => expect(fixture.unread()).toEqual([]));
});
