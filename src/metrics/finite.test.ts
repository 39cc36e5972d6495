import { describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { rankTruths } from "./calibration/index.js";
import * as metrics from "./index.js";

const rows = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const size = { channels: 1, height: 2, width: 5 };
const fit = metrics.gaussianFit(rows, 2);

// Every metric as a function of one of its values.
const scored: Record<string, (value: number) => unknown> = {
  "crps, a sample": (value) => metrics.crps([0, value], 1),
  "crps, the truth": (value) => metrics.crps([0, 1], value),
  "meanCrps, a sample": (value) => metrics.meanCrps([0, 1, 2, value], [0, 1]),
  "meanCrps, the truth": (value) => metrics.meanCrps([0, 1, 2, 3], [0, value]),
  "energyScore, a sample": (value) => metrics.energyScore([0, 1, 2, value], [0, 1]),
  "energyScore, the truth": (value) => metrics.energyScore([0, 1, 2, 3], [0, value]),
  "coveredShare, a sample": (value) => metrics.coveredShare([value, 1], 0, 0.9),
  "coveredShare, the truth": (value) => metrics.coveredShare([0, 1], value, 0.9),
  "coverage, a sample": (value) => metrics.coverage([0, 1, 2, value], [0, 1], [1, 1]),
  "coverage, the truth": (value) => metrics.coverage([0, 1, 2, 3], [0, value], [1, 1]),
  "uncertainPixels, a sample": (value) => metrics.uncertainPixels([0, 1, 2, value], [0, 1]),
  "uncertainPixels, the truth": (value) => metrics.uncertainPixels([0, 1, 2, 3], [0, value]),
  "rankTruths, a sample": (value) => rankTruths(Float64Array.of(0), Float64Array.of(value, 1), () => 0),
  "rankTruths, the truth": (value) => rankTruths(Float64Array.of(value), Float64Array.of(0, 1), () => 0),
  "gaussianFit, a feature": (value) => metrics.gaussianFit([0, 1, 2, value], 2),
  "frechetDistance, a mean": (value) => metrics.frechetDistance(fit, { ...fit, mean: Float64Array.of(0, value) }),
  "frechetDistance, a covariance": (value) =>
    metrics.frechetDistance(fit, { ...fit, covariance: Float64Array.of(1, 0, 0, value) }),
  "squaredMmd, x": (value) => metrics.squaredMmd([0, 1, 2, value], rows, 2),
  "squaredMmd, y": (value) => metrics.squaredMmd(rows, [0, 1, 2, value], 2),
  "squaredMmd, the bandwidth": (value) => metrics.squaredMmd(rows, rows, 2, value),
  "medianBandwidth, x": (value) => metrics.medianBandwidth([0, 1, 2, value], rows, 2),
  "medianBandwidth, y": (value) => metrics.medianBandwidth(rows, [0, 1, 2, value], 2),
  "precisionRecall, a sample": (value) => metrics.precisionRecall([...rows, value], [...rows, 10], 1),
  "precisionRecall, the data": (value) => metrics.precisionRecall([...rows, 10], [...rows, value], 1),
  "directionDistance, a feature": (value) => metrics.directionDistance([0, 1], [1, value]),
  "misfit, y": (value) => metrics.misfit([0, value], [0, 1], 1, 2),
  "misfit, A x": (value) => metrics.misfit([0, 1], [0, value], 1, 2),
  "misfit, sigma": (value) => metrics.misfit([0, 1], [0, 1], value, 2),
  "nlpd, y": (value) => metrics.nlpd([0, value], [0, 1, 2, 3], 1),
  "nlpd, A x": (value) => metrics.nlpd([0, 1], [0, 1, 2, value], 1),
  "nlpd, sigma": (value) => metrics.nlpd([0, 1], [0, 1, 2, 3], value),
  "meanSquaredError, an image": (value) => metrics.meanSquaredError([0, value], [0, 1]),
  "meanSquaredError, the truth": (value) => metrics.meanSquaredError([0, 1], [0, value]),
  "psnr, an image": (value) => metrics.psnr([0, value], [0, 1]),
  "psnr, the range": (value) => metrics.psnr([0, 0.5], [0, 1], value),
  "ssim, an image": (value) => metrics.ssim([...rows.slice(1), value], rows, size, { low: 0, high: 10 }),
  "supportAccuracy, a point": (value) => metrics.supportAccuracy([0, value], () => true),
  "mean, a value": (value) => metrics.mean([0, value]),
  "meanInterval, a value": (value) => metrics.meanInterval([0, value], { uniform: () => 0 }),
};

// The functions that take no values to score.
const exempt: Record<string, string> = {
  bootstrapInterval: "takes a statistic of indices",
  drawResamples: "draws indices",
  percentileInterval: "counts NaN, of a resample without a value, as the largest",
};

describe("a value that is not finite", () => {
  it("is given to every metric", () => {
    const tested = new Set(Object.keys(scored).map((name) => name.split(",")[0]));
    const functions = Object.entries(metrics).filter(([, exported]) => typeof exported === "function");
    const missing = functions.map(([name]) => name).filter((name) => !tested.has(name));
    expect(missing).toEqual(Object.keys(exempt));
  });

  it.each(Object.entries(scored))("is refused: %s", (_, score) => {
    expect(() => score(2)).not.toThrow();
    for (const value of [Number.NaN, Infinity, -Infinity]) expect(() => score(value)).toThrow(InputError);
  });
});

describe("degenerate samples", () => {
  const same = new Float64Array(20).fill(0.3);

  it("have the score of a point forecast where they are all equal", () => {
    expect(metrics.crps([0.25, 0.25, 0.25], 1)).toEqual({ plain: 0.75, fair: 0.75 });
    const { plain, fair } = metrics.energyScore(same, same.slice(0, 2));
    expect([plain, fair]).toEqual([0, 0]);
  });

  it("are ranked uniformly where they tie with the truth", () => {
    expect(metrics.coveredShare([1, 1, 1], 1, 0.9)).toBeCloseTo(0.9, 12);
    expect(metrics.coveredShare([1], 1, 0.5)).toBeCloseTo(0.5, 12);
  });

  it("are at distance 0 of themselves and apart from others", () => {
    expect(metrics.squaredMmd(same, same, 2)).toBe(0);
    expect(metrics.squaredMmd(same, new Float64Array(20).fill(0.4), 2, 1e-4)).toBeCloseTo(2, 12);
    // Two of three rows agree: the median distance is 0, and the kernel counts equal rows.
    expect(metrics.squaredMmd([0, 0, 1], [0, 0, 0], 1)).toBeCloseTo(1 / 3 + 1 - 2 * (6 / 9), 12);
    expect(metrics.frechetDistance(metrics.gaussianFit(same, 2), metrics.gaussianFit(same, 2))).toBeCloseTo(0, 12);
    expect(metrics.precisionRecall(same, same, 1)).toEqual({ precision: 1, recall: 1 });
  });
});
