import fc from "fast-check";
import { randomSource } from "../../../src/array/index.js";
import { calibration } from "../../../src/public/metrics.js";
import { ofFunction, type Subject } from "../subject.js";
import {
  differs,
  float32,
  integer,
  notAny,
  notFunction,
  notNumber,
  notNumbersList,
  notOptions,
  notRecord,
  positive,
} from "../values.js";
import { between, uniform, level, notLevel, optionalLevel } from "./metrics.js";

const simulated = fc.tuple(integer(2, 12), integer(1, 6), integer(1, 3)).chain(([count, each, size]) =>
  fc.record({
    count: fc.constant(count),
    truths: float32(count * size).map((data) => Float64Array.from(data)),
    observations: float32(count).map((data) => Float64Array.from(data)),
    samples: float32(count * each * size).map((data) => Float64Array.from(data)),
  }),
);
const notTable = notNumbersList({ shorter: true, plain: false });
const simulationRules = {
  count: notNumber({ min: 1, whole: true }),
  truths: notTable,
  samples: notTable,
};
const notSimulated = notRecord({ ...simulationRules, observations: notTable });
const ranked = fc.tuple(integer(2, 20), integer(1, 6), fc.integer({ min: 0, max: 999 })).map(([count, each, seed]) => {
  const random = randomSource(seed, "ranks");
  const draw = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.normal());
  return calibration.rankTruths(draw(count), draw(count * each), random.uniform);
});
const ranksRule = notRecord({
  ranks: notNumbersList({ plain: false }),
  slots: notNumber({ min: 2, whole: true }),
});
const positionsRule = notRecord({ positions: notNumbersList({ plain: false }) });
const probability = (what: string, value: number): string | undefined => between(what, value, 0, 1);
const kinds = ["coordinate", "pixel", "tarp", "tarp-observation", "likelihood"] as const;
const findings = fc.array(
  fc.record({
    diagnostic: fc.constantFrom(...calibration.diagnosticNames),
    quantity: fc.constant("x"),
    pValue: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 5 },
);
const notFindings = () =>
  fc.constantFrom<unknown[]>(
    undefined,
    null,
    7,
    "foo",
    {},
    [],
    [null],
    [{}],
    [{ diagnostic: "foo", quantity: "x", pValue: 0.5 }],
    [{ diagnostic: "coverage", quantity: "x", pValue: NaN }],
    [{ diagnostic: "coverage", quantity: "x", pValue: 2 }],
  );
const ecdf = ranked.map((ranks) => calibration.rankEcdf(ranks));
const pointsRules = { points: notNumbersList({ plain: false }), total: notNumber({ min: 1, whole: true }) };
const notEcdf = notRecord({ ...pointsRules, counts: notNumbersList({ plain: false, shorter: true }) });

/** The tests of calibration. */
export const calibrationSubjects: Subject[] = [
  ofFunction({
    name: "metrics.calibration.rankTruths",
    call: calibration.rankTruths,
    valid: fc.tuple(integer(1, 8), integer(1, 6)).chain(([count, each]) =>
      fc.tuple(
        float32(count).map((data) => Float64Array.from(data)),
        float32(count * each).map((data) => Float64Array.from(data)),
        uniform,
      ),
    ),
    wrong: [notNumbersList({ plain: false }), notNumbersList({ plain: false }), notFunction()],
    holds: ({ ranks, slots, positions }, truths, samples) => {
      const each = samples.length / truths.length;
      if (slots !== each + 1) return `there are ${slots} slots`;
      const wrong = ranks.findIndex((rank, i) => {
        const own = samples.subarray(i * each, (i + 1) * each);
        const below = own.filter((v) => v < truths[i]).length;
        const equal = own.filter((v) => v === truths[i]).length;
        return (
          rank < below || rank > below + equal || positions[i] < rank / slots || positions[i] >= (rank + 1) / slots
        );
      });
      return wrong < 0 ? undefined : `rank ${wrong} is ${ranks[wrong]} at ${positions[wrong]}`;
    },
  }),
  ofFunction({
    name: "metrics.calibration.rankQuantity",
    call: calibration.rankQuantity,
    valid: fc.tuple(simulated, fc.constant(calibration.coordinate(0)), uniform),
    wrong: [notRecord(simulationRules), notFunction(), notFunction()],
    holds: ({ ranks }, { count }) => (ranks.length === count ? undefined : `${ranks.length} ranks`),
  }),
  ofFunction({
    name: "metrics.calibration.coordinate",
    call: (k: number) => calibration.coordinate(k)(Float64Array.of(1, 2, 3), 0),
    valid: fc.tuple(integer(0, 2)),
    wrong: [notNumber({ min: 0, whole: true })],
    holds: (value, k) => differs("the coordinate", value, k + 1),
  }),
  ofFunction({
    name: "metrics.calibration.distanceTo",
    call: (references: Float64Array) => calibration.distanceTo(references)(Float64Array.of(0, 0), 1),
    valid: float32(4).map((data): [Float64Array] => [Float64Array.from(data)]),
    wrong: [notNumbersList({ plain: false })],
    holds: (value, references) => differs("the distance", value, Math.hypot(references[2], references[3])),
  }),
  ofFunction({
    name: "metrics.calibration.likelihoodOf",
    call: calibration.likelihoodOf,
    valid: fc.tuple(
      simulated,
      fc.constant(() => 1),
    ),
    wrong: [
      notRecord({ count: notNumber({ min: 1, whole: true }), observations: notNumbersList({ plain: false }) }),
      notFunction(),
    ],
  }),
  ofFunction({
    name: "metrics.calibration.rankPixels",
    call: calibration.rankPixels,
    valid: fc.tuple(simulated, fc.record({ fewestImages: integer(1, 3), resolution: positive(1), uniform })),
    wrong: [
      notRecord(simulationRules),
      notOptions(
        {
          fewestImages: notNumber({ min: 1, whole: true, optional: true }),
          resolution: notNumber({ above: 0, optional: true }),
          uniform: notFunction(),
        },
        { required: ["uniform"] },
      ),
    ],
    holds: (pixels, _sampled, { fewestImages }) =>
      pixels.every(({ images, ranks }) => images.length >= fewestImages && ranks.ranks.length === images.length)
        ? undefined
        : "a pixel has too few images",
  }),
  ofFunction({
    name: "metrics.calibration.rankHistogram",
    call: calibration.rankHistogram,
    valid: fc.tuple(ranked, fc.option(level, { nil: undefined })),
    wrong: [ranksRule, optionalLevel],
    holds: ({ counts, expected }, { ranks }) =>
      differs(
        "the sum of the counts",
        counts.reduce((sum, v) => sum + v, 0),
        ranks.length,
      ) ??
      differs(
        "the sum of what is expected",
        expected.reduce((sum, v) => sum + v, 0),
        ranks.length,
      ),
  }),
  ofFunction({
    name: "metrics.calibration.chiSquareTest",
    call: calibration.chiSquareTest,
    valid: fc.tuple(ranked),
    wrong: [ranksRule],
    holds: (pValue) => probability("the p-value", pValue),
  }),
  ofFunction({
    name: "metrics.calibration.rankEcdf",
    call: calibration.rankEcdf,
    valid: fc.tuple(ranked),
    wrong: [ranksRule],
    holds: ({ counts, total }, { ranks }) =>
      total === ranks.length && counts.every((count) => count >= 0 && count <= total)
        ? undefined
        : "the counts are out of range",
  }),
  ofFunction({
    name: "metrics.calibration.ecdfBand",
    call: calibration.ecdfBand,
    valid: fc.tuple(ecdf, level),
    wrong: [notRecord(pointsRules), notLevel],
    holds: ({ low, high }, { total }) =>
      low.every((limit, i) => limit >= 0 && limit <= high[i] && high[i] <= total)
        ? undefined
        : "the band is out of order",
  }),
  ofFunction({
    name: "metrics.calibration.ecdfTest",
    call: calibration.ecdfTest,
    valid: fc.tuple(ecdf),
    wrong: [notEcdf],
    holds: (pValue) => probability("the p-value", pValue),
  }),
  ofFunction({
    name: "metrics.calibration.expectedCoverage",
    call: calibration.expectedCoverage,
    valid: fc.tuple(ranked, fc.option(level, { nil: undefined })),
    wrong: [positionsRule, optionalLevel],
    holds: (points) =>
      points.every(
        ({ empirical, low, high }, i) =>
          empirical >= 0 && empirical <= 1 && low <= high && (i === 0 || empirical >= points[i - 1].empirical),
      )
        ? undefined
        : "the curve is not one",
  }),
  ofFunction({
    name: "metrics.calibration.coverageTest",
    call: calibration.coverageTest,
    valid: fc.tuple(ranked),
    wrong: [positionsRule],
    holds: (pValue) => probability("the p-value", pValue),
  }),
  ofFunction({
    name: "metrics.calibration.testRanks",
    call: calibration.testRanks,
    valid: fc.tuple(
      fc.array(fc.record({ kind: fc.constantFrom(...kinds), name: fc.constant("x"), ranks: ranked }), {
        minLength: 1,
        maxLength: 3,
      }),
    ),
    wrong: [
      (valid) => {
        const [first] = valid as readonly object[];
        return fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          {},
          [null],
          [{}],
          [{ ...first, kind: "foo" }],
          [{ ...first, kind: "__proto__" }],
          [{ ...first, ranks: null }],
          [{ ...first, ranks: {} }],
        );
      },
    ],
    holds: (found) => found.map(({ pValue }) => probability("a p-value", pValue)).find((wrong) => wrong !== undefined),
  }),
  ofFunction({
    name: "metrics.calibration.judge",
    call: calibration.judge,
    valid: fc.tuple(findings, level),
    wrong: [notFindings, notLevel],
    holds: ({ passed, caughtBy }, given, of) =>
      passed === given.every(({ pValue }) => pValue >= of / given.length) && passed === (caughtBy.length === 0)
        ? undefined
        : "the verdict is not that of the p-values",
  }),
  ofFunction({
    name: "metrics.calibration.summariseVerdict",
    call: calibration.summariseVerdict,
    valid: fc.tuple(fc.tuple(findings, level).map((args) => calibration.judge(...args))),
    wrong: [
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          {},
          [],
          { findings: null },
          { findings: 7 },
          { findings: [null] },
        ),
    ],
  }),
  ofFunction({
    name: "metrics.calibration.sampleSimulations",
    call: calibration.sampleSimulations,
    valid: fc.tuple(
      simulated.map(({ count, truths, observations }) => ({ count, truths, observations })),
      fc.constant(
        async (observations: Float32Array | Float64Array, samples: number) =>
          new Float64Array(observations.length * samples),
      ),
      integer(1, 5),
      integer(0, 99),
    ),
    wrong: [
      notRecord({ count: notNumber({ min: 1, whole: true }), truths: notTable, observations: notTable }),
      notFunction(),
      notNumber({ min: 1, whole: true }),
      notNumber({ min: 0, whole: true }),
    ],
  }),
  ofFunction({
    name: "metrics.calibration.rankAll",
    call: calibration.rankAll,
    valid: simulated.map((sampled): Parameters<typeof calibration.rankAll> => {
      const size = sampled.truths.length / sampled.count;
      return [
        sampled,
        {
          names: Array.from({ length: size }, (_, i) => `x${i}`),
          logLikelihood: (x, y) => -((x[0] - y[0]) ** 2),
          references: new Float64Array(sampled.truths.length),
          observedReferences: new Float64Array(sampled.truths.length),
          uniform: randomSource(0).uniform,
        },
      ];
    }),
    wrong: [
      notSimulated,
      notRecord({
        names: notAny((value) => Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === "string")),
        logLikelihood: notFunction(),
        references: notTable,
        observedReferences: notTable,
        uniform: notFunction(),
      }),
    ],
  }),
];
