import { describe, expect, it } from "vitest";
import { randomSource } from "../../src/array/index.js";
import { type Coupling, couplingVelocity, flowOfCoupling } from "./coupling-flow.js";

const a = 1.2;
const twoPoints = (changes: Partial<Coupling>): Coupling => ({
  data: Float32Array.of(-a, 0.5, a, 0.5),
  mean: Float32Array.of(-3, 0, 3, 0),
  deviation: Float32Array.of(0.2, 0.2, 0.2, 0.2),
  alpha: 0,
  ...changes,
});

describe("a coupling's exact flow", () => {
  it("has the closed form's velocity for two points and independent noise", () => {
    for (const [x, t] of [
      [0.3, 0.7],
      [-1, 0.4],
      [0, 0.9],
    ]) {
      const [v1, v2] = couplingVelocity(twoPoints({}), [x, 0.2], t);
      // E[x1 | x_t] = a tanh((1 - t) a x_t / t^2), and z = (x_t - (1 - t) x) / t.
      const expected = a * Math.tanh(((1 - t) * a * x) / t ** 2);
      expect(v1).toBeCloseTo((x - expected) / t, 3);
      expect(v2).toBeCloseTo((0.2 - 0.5) / t, 3);
    }
  });

  it("carries the adapter's noise to the point that it belongs to", () => {
    const near = Float32Array.of(-3.1, 0.1, 2.9, -0.2);
    const carried = flowOfCoupling(twoPoints({ alpha: 1 }), near);
    [-a, 0.5, a, 0.5].forEach((value, i) => expect(carried[i]).toBeCloseTo(value, 2));
  });

  it("carries the mixture of its noises to the data, half of it each", () => {
    const random = randomSource(3);
    const z = Float32Array.from({ length: 1200 }, (_, i) => {
      const coupled = i < 600;
      const mean = i % 2 === 0 ? (i % 4 === 0 ? -3 : 3) : 0;
      return coupled ? mean + 0.2 * random.normal() : random.normal();
    });
    const carried = flowOfCoupling(twoPoints({ alpha: 0.5 }), z);
    const right = carried.filter((value, i) => i % 2 === 0 && value > 0).length;
    expect(Math.abs(right / 600 - 0.5)).toBeLessThan(0.05);
    expect(carried.every((value, i) => Math.abs(Math.abs(value) - (i % 2 === 0 ? a : 0.5)) < 0.05)).toBe(true);
  });
});
