import { describe, expect, it } from "vitest";
import { hostArray, mul } from "../array/index.js";
import {
  gaussianNoise,
  observe,
  operator,
  type OperatorDefinition,
  problem,
  randomInpainting,
  type TracedParameters,
} from "../operators/index.js";
import { scoreDistributions } from "./image-scores.js";

const [side, count] = [4, 2];
const shape = [count, 1, side, side];
const truth = hostArray(new Float32Array(count * side * side).fill(0.25), shape);
// Both samples of an image are off by a tenth of the row's number.
const rowOf = (pixel: number): number => Math.floor(pixel / side) % side;
const samples = hostArray(
  Float32Array.from({ length: count * 2 * side * side }, (_, pixel) => 0.25 + 0.1 * rowOf(pixel)),
  [count, 2, 1, side, side],
);

async function scoresOf(definition: Parameters<typeof gaussianNoise>[0]) {
  const own = problem("own", gaussianNoise(definition, 0.1));
  const observation = await observe(own, truth, { seed: 1 });
  return scoreDistributions({ truth, observation, samples });
}

describe("the pixels whose CRPS counts", () => {
  const rows: OperatorDefinition = {
    observedMask: "mask",
    draw: (n) => ({
      mask: hostArray(
        new Float32Array(n * side).map((_, i) => (i % side < 2 ? 1 : 0)),
        [n, 1, side, 1],
      ),
    }),
    forward: (x, { mask }: TracedParameters) => mul(x, mask),
  };

  it("are those in the rows that a mask of rows hides", async () => {
    for (const { crps, crpsPixels } of await scoresOf(operator({ ...rows, local: true }))) {
      expect(crps.plain).toBeCloseTo(0.25, 6);
      expect(crpsPixels).toBe(8);
    }
  });

  it("are all where the mask need not be one of pixels", async () => {
    for (const { crps, crpsPixels } of await scoresOf(operator(rows))) {
      expect(crps.plain).toBeCloseTo(0.15, 6);
      expect(crpsPixels).toBe(16);
    }
  });

  it.each([
    ["everything", 0],
    ["nothing", 1],
  ])("are all where %s was observed", async (_, dropped) => {
    for (const { crps, crpsPixels, misfit } of await scoresOf(randomInpainting({ dropRate: [dropped, dropped] }))) {
      expect(crps.plain).toBeCloseTo(0.15, 6);
      expect(crpsPixels).toBe(16);
      expect(misfit === 0).toBe(dropped === 1);
    }
  });
});

it("an observation model may be an object of a class, of which each has its own prediction", async () => {
  class Scaled {
    readonly sigma = 0.1;
    readonly operator = operator({ forward: (x) => x });
    readonly #noise = gaussianNoise(this.operator, this.sigma);
    readonly drawNoise = this.#noise.drawNoise;
    readonly observe = this.#noise.observe;
    readonly logLikelihood = this.#noise.logLikelihood;
    constructor(readonly by: number) {}
    predict(x: Parameters<typeof mul>[0]) {
      return mul(x, this.by);
    }
  }
  const misfitOf = async (by: number): Promise<number> => {
    const y = hostArray(new Float32Array(count * side * side), shape);
    const observation = { problem: problem("own", new Scaled(by)), y, transposed: y, parameters: {} };
    const [{ misfit }] = await scoreDistributions({ truth, observation, samples });
    return misfit;
  };
  // y is 0, so that the misfit grows with the square of the prediction.
  const once = await misfitOf(1);
  expect((await misfitOf(2)) / once).toBeCloseTo(4, 4);
});
