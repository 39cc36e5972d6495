import { describe, expect, it } from "vitest";
import { hostArray, hostFull, jvp, type NDArray, ones, randomSource } from "../array/index.js";
import { relativeError } from "../../test/support/compare.js";
import { evaluate } from "../../test/support/evaluate.js";
import { interpolate, velocity } from "./interpolant.js";

const random = randomSource(0);

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
