import { describe, expect, it } from "vitest";
import { quantile } from "./quantile.js";

describe("quantile", () => {
  it("is linear between neighbours", () => {
    const values = [0, 1, 2, 3, 10];
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share))).toEqual([0, 1, 2, 3, 10]);
    expect(quantile(values, 0.05)).toBeCloseTo(0.2, 12);
    expect(quantile(values, 0.95)).toBeCloseTo(8.6, 12);
    expect(quantile([4], 0.3)).toBe(4);
  });
});
