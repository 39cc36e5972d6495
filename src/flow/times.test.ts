import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { drawTimes, type TimesOptions } from "./times.js";

const logit = (time: number): number => Math.log(time / (1 - time));
const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviationOf = (values: number[]): number => Math.sqrt(meanOf(values.map((v) => (v - meanOf(values)) ** 2)));

const draw = (options: Partial<TimesOptions>) => {
  const { r, t } = drawTimes(
    {
      size: 10_000,
      blocks: 1,
      jumps: 0,
      wholeJumps: 0,
      timeLaw: { kind: "uniform" },
      jumpLaw: { kind: "uniform" },
      ...options,
    },
    randomSource(5),
  );
  return Array.from(t.data, (late, i) => ({ r: r.data[i], t: late }));
};

describe("times of a batch", () => {
  it("puts whole jumps, then jumps, then r = t into every block, by count", () => {
    const pairs = draw({ size: 8, blocks: 3, jumps: 5, wholeJumps: 2 });
    expect(pairs).toHaveLength(24);
    pairs.forEach(({ r, t }, i) => {
      const place = i % 8;
      if (place < 2) expect([r, t]).toEqual([0, 1]);
      else if (place < 5) expect(r).toBeLessThan(t);
      else expect(r).toBe(t);
      expect(t).toBeLessThanOrEqual(1);
      expect(r).toBeGreaterThanOrEqual(0);
    });
    expect(new Set(pairs.map(({ t }) => t)).size).toBe(1 + 3 * 6);
  });

  it("sorts a pair of uniform times: their means are 1/3 and 2/3, their deviation sqrt(1/18)", () => {
    const pairs = draw({ jumps: 10_000 });
    for (const [times, mean] of [
      [pairs.map(({ r }) => r), 1 / 3],
      [pairs.map(({ t }) => t), 2 / 3],
    ] as const) {
      expect(Math.abs(meanOf(times) - mean)).toBeLessThan(0.01);
      expect(Math.abs(deviationOf(times) - Math.sqrt(1 / 18))).toBeLessThan(0.01);
    }
  });

  it("draws flow matching's times uniformly", () => {
    const times = draw({}).map(({ t }) => t);
    expect(Math.abs(meanOf(times) - 1 / 2)).toBeLessThan(0.01);
    expect(Math.abs(deviationOf(times) - Math.sqrt(1 / 12))).toBeLessThan(0.01);
  });

  it("draws logit-normal times with the mean and deviation that are asked for", () => {
    const logits = draw({ timeLaw: { kind: "logit-normal", mean: -0.4, deviation: 0.5 } }).map(({ t }) => logit(t));
    expect(Math.abs(meanOf(logits) + 0.4)).toBeLessThan(0.02);
    expect(Math.abs(deviationOf(logits) - 0.5)).toBeLessThan(0.02);
  });

  it("draws the two times of a logit-normal jump around a mean each", () => {
    // The means are so far apart that sorting changes nothing.
    const pairs = draw({ jumps: 10_000, jumpLaw: { kind: "logit-normal", means: [3, -3], deviation: 0.5 } });
    for (const [logits, mean] of [
      [pairs.map(({ t }) => logit(t)), 3],
      [pairs.map(({ r }) => logit(r)), -3],
    ] as const) {
      expect(Math.abs(meanOf(logits) - mean)).toBeLessThan(0.02);
      expect(Math.abs(deviationOf(logits) - 0.5)).toBeLessThan(0.02);
    }
  });

  it("is fixed by the random source", () => {
    expect(draw({ size: 10, jumps: 5 })).toEqual(draw({ size: 10, jumps: 5 }));
  });
});
