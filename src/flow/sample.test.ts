import { describe, expect, it } from "vitest";
import { add, hostArray, hostFull, jvp, mul, type NDArray, ones, perSample, randomSource } from "../array/index.js";
import { relativeError } from "../../test/support/compare.js";
import { evaluate } from "../../test/support/evaluate.js";
import { gaussianMeanVelocity } from "../../test/support/gaussian-flow.js";
import { interpolate, velocity } from "./interpolant.js";
import { sampleFlowMap } from "./sample.js";

const random = randomSource(0);
const [m, s] = [0.7, 0.4];
const exact = gaussianMeanVelocity(m, s);

describe("the interpolant", () => {
  const [x, z] = [random.normalArray([3, 2, 2]), random.normalArray([3, 2, 2])];

  it("is the data at t = 0, the noise at t = 1 and their middle between", async () => {
    const at = (t: number) => evaluate(interpolate, [x, z, hostFull([3], t)]);
    expect(relativeError(await at(0), x)).toBe(0);
    expect(relativeError(await at(1), z)).toBeLessThan(1e-6);
    const middle = hostArray(
      x.data.map((value, i) => (value + z.data[i]) / 2),
      x.shape,
    );
    expect(relativeError(await at(0.5), middle)).toBeLessThan(1e-6);
  });

  it("moves with its velocity", async () => {
    const derivative = (a: NDArray, b: NDArray, t: NDArray): NDArray =>
      jvp((time: NDArray) => interpolate(a, b, time), [t], [ones([3])])[1];
    const moved = await evaluate(derivative, [x, z, random.uniformArray([3])]);
    expect(relativeError(moved, await evaluate(velocity, [x, z]))).toBeLessThan(1e-6);
  });
});

describe("the flow-map sampler", () => {
  const z = random.normalArray([5, 3]);
  // The flow of Gaussian data carries z to m + s z.
  const data = hostArray(
    z.data.map((value) => m + s * value),
    z.shape,
  );

  it.each([1, 2, 5])("carries noise to Gaussian data exactly in %i steps", async (steps) => {
    const x = await evaluate((noise: NDArray) => sampleFlowMap(exact, noise, steps), [z]);
    expect(relativeError(x, data)).toBeLessThan(1e-5);
  });

  it("evaluates the network on the uniform grid from noise to data", async () => {
    const u = (x: NDArray, r: NDArray, t: NDArray): NDArray => add(mul(x, 0), perSample(add(add(r, mul(t, 10)), 1), x));
    const x = await evaluate((noise: NDArray) => sampleFlowMap(u, noise, 4), [z]);
    // The sum of (t - r) (1 + r + 10 t) over the intervals [0, 1/4] ... [3/4, 1].
    const expected = z.data.map((value) => value - 0.25 * (4 + 1.5 + 25));
    expect(relativeError(x, hostArray(expected, z.shape))).toBeLessThan(1e-6);
  });
});
