import { expect, it } from "vitest";
import { annealedTau } from "./annealed-tau.js";

it("anneals tau along half a cosine and then holds it", () => {
  const tau = { start: 3, end: 1 };
  expect([0, 50, 100, 150].map((step) => annealedTau(tau, step, 100))).toEqual([3, 2, 1, 1]);
  expect(annealedTau(tau, 25, 100)).toBeCloseTo(2 + Math.SQRT1_2, 12);
  expect(annealedTau({ start: 0.5, end: 0.5 }, 7, 10)).toBe(0.5);
});

it("refuses a tau of 0, by which the objective would divide", () => {
  expect(() => annealedTau({ start: 1, end: 0 }, 1, 2)).toThrow(/tau.end is 0, it has to be a positive number/);
});
