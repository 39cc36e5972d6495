import fc from "fast-check";
import * as metrics from "../../../src/public/metrics.js";
import { randomSource } from "../../../src/array/index.js";
import { ofFunction, type Subject } from "../subject.js";
import {
  differs,
  finite,
  float32,
  integer,
  near,
  notFunction,
  notNumber,
  notNumbersList,
  notOptions,
  notRecord,
  numbers,
  positive,
} from "../values.js";

type List = ArrayLike<number>;
const list = (values: List): number[] => Array.from(values);
const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
const rows = (table: List, size: number): number[][] =>
  Array.from({ length: table.length / size }, (_, i) => list(table).slice(i * size, (i + 1) * size));
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v - b[i]);
export const between = (what: string, value: number, low: number, high: number): string | undefined =>
  value >= low - 1e-9 && value <= high + 1e-9 ? undefined : `${what} is ${value}, outside [${low}, ${high}]`;
export const uniform = fc.integer({ min: 0, max: 1000 }).map((seed) => randomSource(seed, "fuzz metrics").uniform);
const tables = (least = 1): fc.Arbitrary<[size: number, n: number]> => fc.tuple(integer(1, 4), integer(least, 8));
export const level = fc.double({ min: 0.01, max: 0.99, noNaN: true });
export const notLevel = notNumber({ above: 0, below: 1 });
export const optionalLevel = notNumber({ above: 0, below: 1, optional: true });
const sameLength = { shorter: true };
const marks = (pixels: number) => fc.array(integer(0, 1), { minLength: pixels, maxLength: pixels });

/** The energy form by its definition, over all pairs. */
function energyForm(samples: readonly number[][], truth: readonly number[]): { plain: number; fair: number } {
  const n = samples.length;
  const toTruth = samples.reduce((sum, x) => sum + norm(minus(x, truth)), 0) / n;
  const pairs = samples.reduce((sum, x) => sum + samples.reduce((part, other) => part + norm(minus(x, other)), 0), 0);
  return { plain: toTruth - pairs / (2 * n * n), fair: toTruth - pairs / (2 * n * (n - 1)) };
}

const energyDiffers = (
  score: { plain: number; fair: number },
  samples: readonly number[][],
  truth: readonly number[],
): string | undefined => {
  const naive = energyForm(samples, truth);
  if (score.plain < -1e-9) return `the plain score is ${score.plain}, below 0`;
  return differs("plain", score.plain, naive.plain, 1e-6, 1e-6) ?? differs("fair", score.fair, naive.fair, 1e-6, 1e-6);
};

/** Metrics but the tests of calibration. */
export const metricSubjects: Subject[] = [
  ofFunction({
    name: "metrics.mean",
    call: metrics.mean,
    valid: integer(1, 8).chain((n) => fc.tuple(numbers(n))),
    wrong: [notNumbersList()],
    holds: (value, values) =>
      differs(
        "the mean",
        value * values.length,
        list(values).reduce((sum, v) => sum + v, 0),
      ),
  }),
  ofFunction({
    name: "metrics.crps",
    call: metrics.crps,
    valid: integer(2, 12).chain((n) => fc.tuple(numbers(n), finite())),
    wrong: [notNumbersList(), notNumber()],
    holds: (score, samples, truth) => energyDiffers(score, rows(samples, 1), [truth]),
  }),
  ofFunction({
    name: "metrics.meanCrps",
    call: metrics.meanCrps,
    valid: tables(2).chain(([size, n]) =>
      fc.tuple(
        numbers(n * size),
        numbers(size),
        fc.option(
          marks(size).map((all) => all.with(0, 1)),
          { nil: undefined },
        ),
      ),
    ),
    wrong: [
      notNumbersList(),
      notNumbersList(),
      notNumbersList({ shorter: true, plain: false, values: false, optional: true }),
    ],
    holds: ({ plain }) => (plain >= -1e-9 ? undefined : `plain is ${plain}`),
  }),
  ofFunction({
    name: "metrics.energyScore",
    call: metrics.energyScore,
    valid: tables(2).chain(([size, n]) => fc.tuple(numbers(n * size), numbers(size))),
    wrong: [notNumbersList(), notNumbersList()],
    holds: (score, samples, truth) => energyDiffers(score, rows(samples, truth.length), list(truth)),
  }),
  ofFunction({
    name: "metrics.coveredShare",
    call: metrics.coveredShare,
    valid: integer(1, 12).chain((n) => fc.tuple(numbers(n), finite(), level)),
    wrong: [notNumbersList(), notNumber(), notLevel],
    holds: (share, samples, truth, of) => {
      const turned = metrics.coveredShare(
        list(samples).map((v) => -v),
        -truth,
        of,
      );
      return between("the share", share, 0, 1) ?? differs("the mirrored share", turned, share);
    },
  }),
  ofFunction({
    name: "metrics.uncertainPixels",
    call: metrics.uncertainPixels,
    valid: tables().chain(([size, n]) =>
      fc.tuple(numbers(n * size), numbers(size), fc.option(positive(2), { nil: undefined })),
    ),
    wrong: [notNumbersList(), notNumbersList(), notNumber({ min: 0, optional: true })],
    holds: (chosen, samples, truth, threshold = 0.1) => {
      const wrong = list(truth).findIndex((value, pixel) => {
        const pooled = [value, ...rows(samples, truth.length).map((row) => row[pixel])];
        const centre = pooled.reduce((sum, v) => sum + v, 0) / pooled.length;
        const variance = pooled.reduce((sum, v) => sum + (v - centre) ** 2, 0) / pooled.length;
        return !near(variance, threshold ** 2, 1e-6) && variance > threshold ** 2 !== (chosen[pixel] === 1);
      });
      return wrong < 0 ? undefined : `pixel ${wrong} is marked ${chosen[wrong]}`;
    },
  }),
  ofFunction({
    name: "metrics.coverage",
    call: metrics.coverage,
    valid: tables().chain(([size, n]) =>
      fc.tuple(numbers(n * size), numbers(size), marks(size), fc.option(level, { nil: undefined })),
    ),
    wrong: [
      notNumbersList(),
      notNumbersList(),
      notNumbersList({ shorter: true, values: false, plain: false }),
      optionalLevel,
    ],
    holds: ({ covered, pixels }, _samples, _truth, chosen) =>
      differs("the count", pixels, list(chosen).filter((mark) => mark !== 0).length) ??
      between("covered", covered, 0, pixels),
  }),
  ofFunction({
    name: "metrics.directionDistance",
    call: metrics.directionDistance,
    valid: integer(1, 6).chain((n) => fc.tuple(numbers(n), numbers(n))),
    wrong: [notNumbersList(sameLength), notNumbersList(sameLength)],
    holds: (distance, a, b) =>
      between("the distance", distance, 0, 4) ?? differs("exchanged", metrics.directionDistance(b, a), distance),
  }),
  ofFunction({
    name: "metrics.gaussianFit",
    call: metrics.gaussianFit,
    valid: tables(2).chain(([size, n]) => fc.tuple(numbers(n * size), fc.constant(size))),
    wrong: [notNumbersList(), notNumber({ min: 1, whole: true })],
    holds: ({ mean, covariance }, features, size) => {
      const column = rows(features, size).map((row) => row[0]);
      const centre = column.reduce((sum, v) => sum + v, 0) / column.length;
      const variance = column.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (column.length - 1);
      return differs("the mean", mean[0], centre) ?? differs("the variance", covariance[0], variance);
    },
  }),
  ofFunction({
    name: "metrics.frechetDistance",
    call: metrics.frechetDistance,
    valid: integer(1, 3).chain((size) => {
      const fit = numbers(size * 5).map((features) => metrics.gaussianFit(features, size));
      return fc.tuple(fit, fit);
    }),
    wrong: [notFit, notFit],
    holds: (distance, a, b) =>
      (distance >= 0 ? undefined : `the distance is ${distance}`) ??
      differs("exchanged", metrics.frechetDistance(b, a), distance, 1e-3, 1e-3) ??
      differs("of itself", metrics.frechetDistance(a, a), 0, 0, 1e-3),
  }),
  ofFunction({
    name: "metrics.misfit",
    call: metrics.misfit,
    valid: integer(1, 8).chain((n) => fc.tuple(numbers(n), numbers(n), positive(), integer(1, n))),
    wrong: [notNumbersList(sameLength), notNumbersList(sameLength), notNumber({ above: 0 }), notNumber({ above: 0 })],
    holds: (value, y, predicted, sigma, m) =>
      differs("the misfit", value, norm(minus(list(y), list(predicted))) ** 2 / (sigma ** 2 * m), 1e-5),
  }),
  ofFunction({
    name: "metrics.nlpd",
    call: metrics.nlpd,
    valid: tables().chain(([size, n]) => fc.tuple(numbers(size), numbers(n * size), positive())),
    wrong: [notNumbersList(), notNumbersList(), notNumber({ above: 0 })],
    holds: (value, y, predicted, sigma) =>
      // One sample alone: its own density, and no more than that of the nearest.
      differs(
        "of one sample",
        metrics.nlpd(y, list(y), sigma),
        (y.length / 2) * Math.log(2 * Math.PI * sigma ** 2),
        1e-6,
        1e-6,
      ) ??
      (value >= (y.length / 2) * Math.log(2 * Math.PI * sigma ** 2) - 1e-6 || predicted.length === 0
        ? undefined
        : `${value} is below its least`),
  }),
  ofFunction({
    name: "metrics.medianBandwidth",
    call: metrics.medianBandwidth,
    valid: tables().chain(([size, n]) => fc.tuple(numbers(n * size), numbers(n * size), fc.constant(size))),
    wrong: [notNumbersList(), notNumbersList(), notNumber({ min: 1, whole: true })],
    holds: (bandwidth, x, y, size) => {
      const distances = rows(x, size).flatMap((a) => rows(y, size).map((b) => norm(minus(a, b))));
      distances.sort((a, b) => a - b);
      return differs("the bandwidth", bandwidth, distances[(distances.length - 1) >> 1]);
    },
  }),
  ofFunction({
    name: "metrics.squaredMmd",
    call: metrics.squaredMmd,
    valid: tables(2).chain(([size, n]) =>
      fc.tuple(numbers(n * size), numbers(n * size), fc.constant(size), fc.option(positive(), { nil: undefined })),
    ),
    wrong: [
      notNumbersList(),
      notNumbersList(),
      notNumber({ min: 1, whole: true }),
      notNumber({ above: 0, optional: true }),
    ],
    holds: (value, x, y, size, bandwidth) =>
      between("the discrepancy", value, -2, 2) ??
      differs("exchanged", metrics.squaredMmd(y, x, size, bandwidth), value, 1e-6, 1e-6),
  }),
  ofFunction({
    name: "metrics.precisionRecall",
    call: metrics.precisionRecall,
    valid: tables(5).chain(([size, n]) =>
      fc.tuple(numbers(n * size), numbers(n * size), fc.constant(size), fc.option(integer(1, 4), { nil: undefined })),
    ),
    wrong: [
      notNumbersList(),
      notNumbersList(),
      notNumber({ min: 1, whole: true }),
      notNumber({ min: 1, max: 8, whole: true, optional: true }),
    ],
    holds: ({ precision, recall }, x, y, size, k) => {
      const turned = metrics.precisionRecall(y, x, size, k);
      return between("precision", precision, 0, 1) ?? differs("recall", recall, turned.precision);
    },
  }),
  ofFunction({
    name: "metrics.meanSquaredError",
    call: metrics.meanSquaredError,
    valid: integer(1, 8).chain((n) => fc.tuple(numbers(n), numbers(n))),
    wrong: [notNumbersList(sameLength), notNumbersList(sameLength)],
    holds: (value, a, b) => differs("the error", value * a.length, norm(minus(list(a), list(b))) ** 2, 1e-6),
  }),
  ofFunction({
    name: "metrics.psnr",
    call: metrics.psnr,
    finite: false,
    valid: integer(1, 8).chain((n) => fc.tuple(numbers(n), numbers(n), fc.option(positive(), { nil: undefined }))),
    wrong: [notNumbersList(sameLength), notNumbersList(sameLength), notNumber({ above: 0, optional: true })],
    holds: (value, a, b, range = 2) => {
      const error = norm(minus(list(a), list(b))) ** 2 / a.length;
      return error === 0
        ? value === Infinity
          ? undefined
          : `equal images have ${value}`
        : differs("the ratio", value, 10 * Math.log10(range ** 2 / error), 1e-4, 1e-4);
    },
  }),
  ofFunction({
    name: "metrics.ssim",
    call: metrics.ssim,
    valid: fc.record({ channels: integer(1, 2), height: integer(1, 13), width: integer(1, 13) }).chain((size) => {
      const image = float32(size.channels * size.height * size.width, -1, 1);
      return fc.tuple(image, image, fc.constant(size), fc.constantFrom(undefined, { low: -2, high: 2 }));
    }),
    wrong: [
      notNumbersList(sameLength),
      notNumbersList(sameLength),
      notRecord({
        channels: notNumber({ min: 1, whole: true }),
        height: notNumber({ min: 1, whole: true }),
        width: notNumber({ min: 1, whole: true }),
      }),
      notRange,
    ],
    holds: (value, a, b, size, range) =>
      between("the similarity", value, -1, 1) ??
      differs("exchanged", metrics.ssim(b, a, size, range), value, 1e-5, 1e-5) ??
      differs("of equal images", metrics.ssim(a, a, size, range), 1),
  }),
  ofFunction({
    name: "metrics.supportAccuracy",
    call: metrics.supportAccuracy,
    valid: integer(1, 8).chain((n) =>
      fc.tuple(
        numbers(2 * n),
        fc.constant((x1: number) => x1 > 0),
      ),
    ),
    wrong: [notNumbersList({ shorter: true }), notFunction()],
    holds: (share, points) =>
      differs("the share", share, rows(points, 2).filter(([x]) => x > 0).length / (points.length / 2)),
  }),
  ofFunction({
    name: "metrics.bootstrapInterval",
    call: metrics.bootstrapInterval,
    valid: fc.tuple(
      integer(1, 10),
      fc.constant((items: Int32Array) => items.reduce((sum, i) => sum + i, 0) / items.length),
      fc.record({ uniform, level: fc.option(level, { nil: undefined }), resamples: integer(1, 50) }),
    ),
    wrong: [
      notNumber({ min: 1, whole: true }),
      notFunction(),
      notOptions(
        { uniform: notFunction(), level: optionalLevel, resamples: notNumber({ min: 1, whole: true, optional: true }) },
        { required: ["uniform"] },
      ),
    ],
    holds: ({ value, low, high }, count) =>
      low <= high ? between("the value", value, 0, count - 1) : `the interval is ${low} to ${high}`,
  }),
  ofFunction({
    name: "metrics.drawResamples",
    call: metrics.drawResamples,
    valid: fc.tuple(integer(1, 10), fc.record({ uniform, resamples: integer(1, 20) })),
    wrong: [
      notNumber({ min: 1, whole: true }),
      notOptions(
        { uniform: notFunction(), resamples: notNumber({ min: 1, whole: true, optional: true }) },
        { required: ["uniform"] },
      ),
    ],
    holds: (drawn, count, { resamples }) =>
      drawn.length === resamples &&
      drawn.every((items) => items.length === count && items.every((i) => i >= 0 && i < count))
        ? undefined
        : "the resamples are not of the items",
  }),
  ofFunction({
    name: "metrics.percentileInterval",
    call: metrics.percentileInterval,
    valid: integer(1, 10).chain((n) => fc.tuple(numbers(n), fc.option(level, { nil: undefined }))),
    wrong: [notNumbersList({ values: false }), optionalLevel],
    holds: ([low, high], values) =>
      low <= high && list(values).includes(low) && list(values).includes(high) ? undefined : `${low} to ${high}`,
  }),
  ofFunction({
    name: "metrics.meanInterval",
    call: metrics.meanInterval,
    valid: integer(1, 10).chain((n) => fc.tuple(numbers(n), fc.record({ uniform, resamples: integer(1, 20) }))),
    wrong: [
      notNumbersList(),
      notOptions(
        { uniform: notFunction(), level: optionalLevel, resamples: notNumber({ min: 1, whole: true, optional: true }) },
        { required: ["uniform"] },
      ),
    ],
    holds: ({ low, high }, values) =>
      between("the low end", low, Math.min(...list(values)), Math.max(...list(values))) ??
      (low <= high ? undefined : "the ends are out of order"),
  }),
];

function notFit(valid: unknown): fc.Arbitrary<unknown> {
  return notRecord({
    size: notNumber({ min: 1, whole: true }),
    mean: notNumbersList({ shorter: true }),
    covariance: notNumbersList({ shorter: true }),
  })(valid);
}

function notRange(): fc.Arbitrary<unknown> {
  return fc.constantFrom<unknown[]>(
    null,
    7,
    "foo",
    {},
    { low: 0 },
    { low: 1, high: 0 },
    { low: 0, high: 0 },
    { low: NaN, high: 1 },
    { low: 0, high: Infinity },
    { low: "0", high: "1" },
    Symbol("s"),
  );
}
