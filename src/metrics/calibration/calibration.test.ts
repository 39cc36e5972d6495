import { describe, expect, it } from "vitest";
import { randomSource } from "../../array/index.js";
import { ShapeError } from "../../errors.js";
import { judge, testRanks } from "./battery.js";
import { chiSquareTest, rankHistogram } from "./chi-square.js";
import { ecdfAt, ecdfBand, ecdfTest, insideProbability, rankEcdf } from "./ecdf.js";
import { coverageTest, expectedCoverage } from "./expected-coverage.js";
import { rankPixels } from "./pixels.js";
import { coordinate, distanceTo, likelihoodOf, rankQuantity } from "./quantities.js";
import { rankTruths } from "./ranks.js";
import { summariseVerdict } from "./verdict-summary.js";
import { binomialInterval, chiSquareTail } from "./special-functions.js";

const never = (): number => 0;

/** P(X <= k) of a binomial variable, by summation. */
function binomialSum(k: number, n: number, p: number): number {
  let [term, total] = [(1 - p) ** n, 0];
  for (let i = 0; i <= k; i++) {
    total += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return total;
}

describe("ranks", () => {
  it("counts the samples below each truth", () => {
    const { ranks, slots, positions } = rankTruths(
      Float64Array.of(2.5, 0),
      Float64Array.of(3, 1, 2, /* second */ 1, 2, 3),
      never,
    );
    expect([...ranks]).toEqual([2, 0]);
    expect(slots).toBe(4);
    expect([...positions]).toEqual([0.5, 0]);
  });

  it("breaks ties at random, evenly", () => {
    const { uniform } = randomSource(1);
    const count = 4000;
    const { ranks } = rankTruths(new Float64Array(count), new Float64Array(count * 3), uniform);
    // Each of the four ranks has probability 1/4: five standard deviations are 5 sqrt(4000 * 3 / 16) = 137.
    for (const rank of [0, 1, 2, 3]) expect(Math.abs(ranks.filter((r) => r === rank).length - 1000)).toBeLessThan(137);
  });

  it("ranks coordinates, distances and likelihoods of rows", () => {
    const simulations = {
      count: 2,
      truths: Float64Array.of(1, 5, -1, 2),
      observations: Float64Array.of(1, 7),
      samples: Float64Array.of(0, 9, 2, 4, /* second */ -2, 0, -3, 1),
    };
    const ranksOf = (quantity: Parameters<typeof rankQuantity>[1]) => [
      ...rankQuantity(simulations, quantity, never).ranks,
    ];
    expect(ranksOf(coordinate(0))).toEqual([1, 2]);
    expect(ranksOf(coordinate(1))).toEqual([1, 2]);
    // Distances to (0, 0) and (-1, 2): 5.1 among 9 and 4.5; 0 among 2.2 and 2.2.
    expect(ranksOf(distanceTo(Float64Array.of(0, 0, -1, 2)))).toEqual([1, 0]);
    // -|x1 - y|: 0 among -1 and -1; -8 among -9 and -10.
    expect(ranksOf(likelihoodOf(simulations, ([x1], [y]) => -Math.abs(x1 - y)))).toEqual([2, 2]);
  });

  it("refuses samples that are not whole rows", () => {
    expect(() => rankTruths(new Float64Array(2), new Float64Array(3), never)).toThrow(ShapeError);
    const ragged = {
      count: 2,
      truths: new Float64Array(4),
      observations: new Float64Array(2),
      samples: new Float64Array(6),
    };
    expect(() => rankQuantity(ragged, coordinate(0), never)).toThrow(ShapeError);
    expect(() => rankPixels(ragged, { uniform: never })).toThrow(ShapeError);
  });
});

describe("the chi-square test", () => {
  it("has the p-values of its table", () => {
    // Two bins with 50 expected ranks: 57 and 43 give 1.96, the square of 1.4; 60 and 40 give 4.
    const ranks = (below: number) => ({
      ranks: Int32Array.from({ length: 100 }, (_, i) => (i < below ? 0 : 1)),
      slots: 2,
    });
    expect(chiSquareTest(ranks(57))).toBeCloseTo(0.16151, 5);
    expect(chiSquareTest(ranks(60))).toBeCloseTo(0.0455, 5);
    expect(chiSquareTest(ranks(50))).toBeCloseTo(1, 12);
  });

  it("has no p-value above the smallest number for a sampler that is far off, and steps down to it", () => {
    expect(chiSquareTest({ ranks: new Int32Array(5000), slots: 20 })).toBe(0);
    // Two degrees of freedom: P(X > x) = e^(-x / 2).
    for (const x of [10, 1000, 1380]) expect(Math.log(chiSquareTail(x, 2)) + x / 2).toBeCloseTo(0, 9);
    for (const x of [1500, 1e5]) expect(chiSquareTail(x, 2)).toBe(0);
  });

  it("expects of a bin what its share of the slots is", () => {
    const { counts, expected } = rankHistogram({ ranks: Int32Array.of(0, 1, 2, 2, 4), slots: 5 });
    expect([...counts]).toEqual([4, 1]);
    expect([...expected]).toEqual([3, 2]);
  });
});

describe("the simultaneous band of an empirical distribution", () => {
  it("has pointwise binomial intervals with the least tails that may be left out", () => {
    const [low, high] = binomialInterval(20, 0.3, 0.025);
    expect(binomialSum(low, 20, 0.3)).toBeGreaterThan(0.025);
    expect(binomialSum(low - 1, 20, 0.3)).toBeLessThanOrEqual(0.025);
    expect(1 - binomialSum(high - 1, 20, 0.3)).toBeGreaterThan(0.025);
    expect(1 - binomialSum(high, 20, 0.3)).toBeLessThanOrEqual(0.025);
  });

  it("is left with the probability that counting every case gives", () => {
    // Six numbers over three intervals: multinomial probabilities, summed case by case.
    const points = Float64Array.of(0.2, 0.65);
    const band = { low: Int32Array.of(0, 3), high: Int32Array.of(2, 5) };
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
    let expected = 0;
    for (let a = 0; a <= 6; a++)
      for (let b = 0; a + b <= 6; b++) {
        if (a > 2 || a + b < 3 || a + b > 5) continue;
        const ways = factorial(6) / (factorial(a) * factorial(b) * factorial(6 - a - b));
        expected += ways * 0.2 ** a * 0.45 ** b * 0.35 ** (6 - a - b);
      }
    expect(insideProbability(points, 6, band)).toBeCloseTo(expected, 12);
  });

  it("holds uniform ranks as often as it says, and no narrower one does", () => {
    const points = Float64Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
    const band = ecdfBand({ points, total: 200 }, 0.9);
    const inside = insideProbability(points, 200, band);
    expect(inside).toBeGreaterThanOrEqual(0.9);
    expect(inside).toBeLessThan(0.92);
    const { uniform } = randomSource(4);
    const runs = 2000;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const { counts } = ecdfAt(Float64Array.from({ length: 200 }, uniform), points);
      if (counts.every((count, i) => count >= band.low[i] && count <= band.high[i])) held += 1;
    }
    // Four standard deviations: 4 sqrt(0.09 / 2000) = 0.027.
    expect(Math.abs(held / runs - inside)).toBeLessThan(0.027);
  });

  it("gives p-values below each level as often as the level, or less", () => {
    const random = randomSource(5);
    const runs = 1000;
    const pValues = Array.from({ length: runs }, () =>
      ecdfTest(rankEcdf({ ranks: Int32Array.from({ length: 150 }, () => random.integer(20)), slots: 20 })),
    );
    for (const level of [0.01, 0.1, 0.5]) {
      const share = pValues.filter((pValue) => pValue <= level).length / runs;
      expect(share).toBeLessThan(level + 4 * Math.sqrt((level * (1 - level)) / runs));
    }
    // The p-values must not be much smaller either: the test has power.
    expect(pValues.filter((pValue) => pValue <= 0.5).length / runs).toBeGreaterThan(0.35);
  });

  it("agrees with its band", () => {
    const random = randomSource(6);
    for (let run = 0; run < 30; run++) {
      const ecdf = rankEcdf({ ranks: Int32Array.from({ length: 80 }, () => random.integer(10)), slots: 10 });
      const { low, high } = ecdfBand(ecdf, 0.6);
      const isInside = ecdf.counts.every((count, i) => count >= low[i] && count <= high[i]);
      // The counts are few, and so are the possible levels of a band: near 0.4 the two may differ.
      const pValue = ecdfTest(ecdf);
      if (pValue > 0.45) expect(isInside).toBe(true);
      if (pValue < 0.3) expect(isInside).toBe(false);
    }
  });

  it("has no p-value below zero for ranks that are all alike", () => {
    const pValue = ecdfTest(rankEcdf({ ranks: new Int32Array(500), slots: 10 }));
    expect(pValue).toBeGreaterThanOrEqual(0);
    expect(pValue).toBeLessThan(1e-100);
  });
});

describe("expected coverage", () => {
  it("is the share of truths in central intervals", () => {
    const points = expectedCoverage({ positions: Float64Array.of(0.5, 0.26, 0.9, 0.01) });
    const at = (level: number) => points.find((point) => Math.abs(point.level - level) < 1e-9)?.empirical;
    expect(at(0.05)).toBe(0.25);
    expect(at(0.5)).toBe(0.5);
    expect(at(0.85)).toBe(0.75);
    expect(at(0.95)).toBe(0.75);
  });

  it("has binomial limits for all levels at once", () => {
    const { uniform } = randomSource(7);
    let outside = 0;
    for (let run = 0; run < 400; run++) {
      const points = expectedCoverage({ positions: Float64Array.from({ length: 100 }, uniform) }, 0.9);
      if (points.some(({ empirical, low, high }) => empirical < low || empirical > high)) outside += 1;
    }
    expect(outside).toBeGreaterThan(0);
    expect(outside / 400).toBeLessThan(0.1);
  });

  it("tests spread, not place", () => {
    const even = Float64Array.from({ length: 400 }, (_, i) => (i + 0.5) / 400);
    expect(coverageTest({ positions: even })).toBeGreaterThan(0.9);
    const narrow = even.map((u) => 0.5 + 0.8 * (u - 0.5));
    expect(coverageTest({ positions: narrow })).toBeLessThan(1e-4);
  });
});

describe("the battery", () => {
  it("holds each test against its share of the level", () => {
    const finding = (pValue: number) => ({ diagnostic: "tarp" as const, quantity: "x", pValue });
    expect(judge([finding(0.004), finding(0.6), finding(0.5)], 0.01)).toMatchObject({ passed: true, caughtBy: [] });
    expect(judge([finding(0.003), finding(0.6), finding(0.5)], 0.01)).toMatchObject({
      passed: false,
      caughtBy: ["tarp"],
      level: 0.01,
    });
  });
});

describe("ranks of pixels", () => {
  const [count, each, size] = [200, 15, 3];
  /** Images with a different deviation for each pixel; the samples' spread is multiplied by `scale`. */
  const draw = (scale: number) => {
    const random = randomSource(8);
    const deviations = [0.4, 0.2, 0.001];
    const fill = (rows: number, factor: number) =>
      Float32Array.from({ length: rows * size }, (_, k) => factor * deviations[k % size] * random.normal());
    return { count, truths: fill(count, 1), observations: new Float32Array(count), samples: fill(count * each, scale) };
  };
  const pixelsOf = (scale: number) => rankPixels(draw(scale), { uniform: randomSource(9).uniform });
  const verdictOf = (scale: number) =>
    judge(testRanks(pixelsOf(scale).map(({ pixel, ranks }) => ({ kind: "pixel", name: `${pixel}`, ranks }))), 0.01);

  it("leaves pixels out that are never uncertain", () => {
    expect(pixelsOf(1).map(({ pixel }) => pixel)).toEqual([0, 1]);
    expect(pixelsOf(1)[0].images.length).toBe(count);
  });

  it("passes samples of the truth's own law, and catches narrower ones by coverage", () => {
    expect(verdictOf(1).passed).toBe(true);
    expect(verdictOf(0.5).caughtBy).toContain("coverage");
  });

  it("does not mind differences below the resolution", () => {
    const random = randomSource(8);
    // Truths in the middle of the intervals that are rounded to one value. Eight of the fifteen samples are a thousandth
    // below the truth, the others far above it.
    const truths = Float32Array.from({ length: count * size }, () => Math.round(4 * random.normal()) / 10);
    const samples = Float32Array.from({ length: count * each * size }, (_, k) => {
      const [row, pixel] = [Math.floor(k / size), k % size];
      return truths[Math.floor(row / each) * size + pixel] + (row % each < 8 ? -0.001 : 0.3);
    });
    const ranksAt = (resolution?: number): number[] => {
      const given = { count, truths, observations: new Float32Array(count), samples };
      const ranked = rankPixels(given, { uniform: randomSource(3).uniform, resolution });
      expect(ranked.map(({ pixel }) => pixel)).toEqual([0, 1, 2]);
      return ranked.flatMap(({ ranks }) => [...ranks.ranks]);
    };
    // Rounded, the eight are ties with the truth: each of nine ranks has the probability 1/9, and five standard
    // deviations of its number are 5 sqrt(600 * 8 / 81) = 38.
    const rounded = ranksAt();
    for (let rank = 0; rank <= 8; rank++)
      expect(Math.abs(rounded.filter((found) => found === rank).length - (count * size) / 9)).toBeLessThan(38);
    expect(Math.max(...rounded)).toBe(8);
    expect(new Set(ranksAt(1e-9))).toEqual(new Set([8]));
  });
});

it("a verdict of very many tests has a summary", () => {
  const finding = { diagnostic: "sbc-ecdf", quantity: "pixel", pValue: 0.5 } as const;
  const findings = [...new Array<typeof finding>(200_000).fill(finding), { ...finding, pValue: 0.25 }];
  const verdict = { passed: true, caughtBy: [], level: 0.1, threshold: 1e-6, findings };
  expect(summariseVerdict(verdict).diagnostics["sbc-ecdf"]?.smallestPValue).toBe(0.25);
});
