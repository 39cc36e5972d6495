import { describe, expect, it } from "vitest";
import { add, hostArray, mul, randomSource, reshape } from "../../array/index.js";
import { ShapeError } from "../../errors.js";
import { imageProblem } from "../../operators/index.js";
import { type VariationalFlowMap } from "../../vfm/index.js";
import { calibrateProblem } from "./image-problem.js";

// Pixels x ~ N(0, s^2), y = x + sigma eps: with f(z) = s z the exact adapter is diagonal, z | y ~ N(s y / v, sigma^2 / v).
const [s, sigma] = [0.33, 0.33];
const total = s ** 2 + sigma ** 2;
const [count, side] = [150, 4];
const problem = imageProblem("denoise", { sigma });

/** The exact model with the adapter's deviation multiplied by `spread`, and its mean by `trust` (0: the prior's). */
function model(spread: number, trust = 1, channels = 1): VariationalFlowMap {
  const deviation = trust === 0 ? 1 : Math.sqrt(sigma ** 2 / total);
  return {
    sampleShape: [channels, side, side],
    problems: [problem],
    parameters: { flowMap: {}, adapter: {} },
    meanVelocity: (_parameters, x) => mul(x, 1 - s),
    adapter: (_parameters, aty) => ({
      mean: mul(aty, (trust * s) / total),
      logSigma: add(mul(aty, 0), Math.log(spread * deviation)),
    }),
  };
}

const images = (name: string, channels = 1) => {
  const random = randomSource(21, name);
  const data = Float32Array.from({ length: count * channels * side * side }, () => s * random.normal());
  return hostArray(data, [count, channels, side, side]);
};

const judge = (given: VariationalFlowMap, channels = 1) =>
  calibrateProblem(given, problem, images("truth", channels), images("reference", channels), {
    samples: 19,
    steps: 1,
    level: 0.01,
    seed: 3,
    backend: "jax",
  });

describe("the calibration of a model of images", () => {
  it("passes a model whose samples are exact, pixel by pixel and as a whole", async () => {
    const { verdict, pixels, ranked } = await judge(model(1));
    expect(verdict.caughtBy).toEqual([]);
    expect(pixels.length).toBe(side * side);
    expect(ranked.map(({ kind }) => kind)).toEqual(["tarp", "tarp-observation", "likelihood"]);
    expect(verdict.findings.length).toBe(2 * side * side + 3);
  });

  it("names a pixel by its row and column, and by its channel where there are several", async () => {
    const namesOf = async (channels: number): Promise<Set<string>> => {
      const { verdict } = await judge(model(1, 1, channels), channels);
      return new Set(verdict.findings.map(({ quantity }) => quantity).filter((name) => name.startsWith("pixel")));
    };
    expect(await namesOf(1)).toContain("pixel (3, 0)");
    const colour = await namesOf(3);
    expect(colour.size).toBe(3 * side * side);
    expect(colour).toContain("pixel (3, 0) of channel 2");
  });

  it("catches one that is too narrow by the coverage of its pixels, and by the likelihood", async () => {
    const { verdict } = await judge(model(0.6));
    expect(verdict.caughtBy).toEqual(expect.arrayContaining(["coverage", "sbc-likelihood"]));
  });

  it("catches the prior by what looks at the observation alone", async () => {
    const { verdict } = await judge(model(1, 0));
    expect(verdict.caughtBy).toEqual(["tarp-observation", "sbc-likelihood"]);
  });

  it("is that of the decoded images of a model of latents", async () => {
    const own = model(1);
    const latents: VariationalFlowMap = {
      ...own,
      sampleShape: [side * side],
      decoder: {
        imageShape: [1, side, side],
        parameters: {},
        decode: (_parameters, z) => reshape(z, [z.shape[0], 1, side, side]),
      },
      adapter: (parameters, aty, problems) => own.adapter(parameters, reshape(aty, [aty.shape[0], -1]), problems),
    };
    const { verdict } = await judge(latents);
    expect(verdict.caughtBy).toEqual([]);
    expect(verdict.findings.map(({ quantity }) => quantity)).toContain("pixel (3, 0)");
  });

  it.each([0, 1])("has no level %d", async (level) => {
    const options = { samples: 2, steps: 1, level, seed: 0 };
    const calibrated = calibrateProblem(model(1), problem, images("truth"), images("reference"), options);
    await expect(calibrated).rejects.toThrow(/level is ., it has to be a number between 0 and 1/);
  });

  it("needs images of the model's size, and as many reference images", async () => {
    const few = hostArray(new Float32Array(side * side), [1, 1, side, side]);
    const options = { samples: 2, steps: 1, level: 0.01, seed: 0 };
    await expect(calibrateProblem(model(1), problem, images("truth"), few, options)).rejects.toThrow(ShapeError);
    const large = hostArray(new Float32Array(64), [1, 1, 8, 8]);
    await expect(calibrateProblem(model(1), problem, large, large, options)).rejects.toThrow(
      /for a model of \[1, 4, 4\]/,
    );
  });
});
