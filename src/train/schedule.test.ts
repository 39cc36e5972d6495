import { describe, expect, it } from "vitest";
import { averageDecay, scheduleFactor } from "./schedule.js";

describe("scheduleFactor", () => {
  it("is 1 without warm-up and cosine", () => {
    for (const progress of [0, 0.5, 1])
      expect(scheduleFactor({ warmUp: 0, cosineShare: 0, final: 0 }, 7, progress)).toBe(1);
  });

  it("rises linearly and reaches 1 at the last step of the warm-up", () => {
    const factors = [0, 1, 2, 3, 4].map((step) => scheduleFactor({ warmUp: 4, cosineShare: 0, final: 0 }, step, 0));
    expect(factors).toEqual([0.25, 0.5, 0.75, 1, 1]);
  });

  it("falls along a cosine over the last part only", () => {
    const schedule = { warmUp: 0, cosineShare: 0.5, final: 0.2 };
    expect(scheduleFactor(schedule, 10, 0.5)).toBe(1);
    expect(scheduleFactor(schedule, 10, 0.75)).toBeCloseTo(0.6, 12);
    expect(scheduleFactor(schedule, 10, 0.5 + 0.5 / 3)).toBeCloseTo(0.2 + 0.8 * 0.75, 12);
    expect(scheduleFactor(schedule, 10, 1)).toBeCloseTo(0.2, 12);
  });
});

describe("averageDecay", () => {
  it("starts small and never exceeds the decay", () => {
    expect(averageDecay(0.999, 1)).toBeCloseTo(0.1, 12);
    expect(averageDecay(0.999, 1_000_000)).toBe(0.999);
    expect(averageDecay(0, 5)).toBe(0);
  });
});
