import { describe, expect, it } from "vitest";
import {
  add,
  concatenate,
  hostArray,
  hostFull,
  mul,
  type NDArray,
  randomSource,
  splitAxis,
  valueAndGradient,
  zeros,
} from "../array/index.js";
import { InputError } from "../errors.js";
import { evaluate } from "../../test/support/evaluate.js";
import { adapterObjective } from "./objective.js";

const [size, width, draws] = [3, 2, 3];
const random = randomSource(6, "updated draws");
const batch = {
  x: random.normalArray([size, width]),
  aty: random.normalArray([size, width]),
  problem: hostArray(new Int32Array(size), [size]),
  eps: random.normalArray([size, width]),
  furtherEps: random.normalArray([(draws - 1) * size, width]),
};
type Batch = { [Name in keyof typeof batch]: NDArray };
const settings = {
  reduction: "mean",
  observationWeight: 0,
  klWeight: 0,
  observationSteps: 1,
  score: { draws, pixelWeight: 1, energyWeight: 0, priorWeight: 0 },
} as const;
const scale = 0.6;

const halved = (samples: NDArray): NDArray =>
  concatenate(splitAxis(samples, draws, 0).map((of, draw) => add(mul(of, 0.5), draw)));

/** The objective with f(z) = z, z ~ N(p A^T y, scale^2), and draws that are halved and moved by their number. */
const objective = (p: number, updateDraws: unknown = halved) =>
  evaluate(
    (given: Batch, mean: NDArray) =>
      valueAndGradient((of: NDArray): [NDArray, Record<string, NDArray>] => {
        const networks = {
          observationMeanVelocity: (x: NDArray) => zeros([...x.shape]),
          adapter: (aty: NDArray) => ({ mean: mul(aty, of), logSigma: add(mul(aty, 0), Math.log(scale)) }),
        };
        const own = { ...given, updateDraws: updateDraws as () => NDArray };
        return adapterObjective(networks, own, () => zeros([size]), settings);
      })(mean),
    [batch, hostFull([], p)],
    "jax",
  );

/** The fair CRPS of the changed draws, number by number. */
function expected(p: number): number {
  let total = 0;
  for (let at = 0; at < size * width; at++) {
    const drawn = Array.from({ length: draws }, (_, draw) => {
      const eps = draw === 0 ? batch.eps.data[at] : batch.furtherEps.data[(draw - 1) * size * width + at];
      return 0.5 * (p * batch.aty.data[at] + scale * eps) + draw;
    });
    const apart = drawn.flatMap((a) => drawn.map((b) => Math.abs(a - b))).reduce((sum, value) => sum + value, 0);
    const missed = drawn.reduce((sum, value) => sum + Math.abs(value - batch.x.data[at]), 0);
    total += missed / draws - apart / (2 * draws * (draws - 1));
  }
  return total / (size * width);
}

describe("draws that are updated before they are scored", () => {
  it("have the score of what they become, and its gradient", async () => {
    const p = 0.7;
    const step = 1e-3;
    const { value, gradient } = await objective(p);
    expect(value.data[0]).toBeCloseTo(expected(p), 5);
    expect(gradient.data[0]).toBeCloseTo((expected(p + step) - expected(p - step)) / (2 * step), 3);
  });

  it("need a function", async () => {
    await expect(objective(0.7, 3)).rejects.toThrow(InputError);
  });
});
