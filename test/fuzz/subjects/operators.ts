import fc from "fast-check";
import * as operators from "../../../src/public/operators.js";
import { odd, optionalCount } from "../option-rules.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import {
  finite,
  integer,
  notBoolean,
  notFunction,
  notNumber,
  notOneOf,
  notOptions,
  notText,
  positive,
} from "../values.js";

const operator = operators.identity();
const pairOf =
  (low: number, high: number): Wrong =>
  () =>
    fc.constantFrom<unknown[]>(
      null,
      "12",
      7,
      NaN,
      {},
      [low],
      [low, high, high],
      [low - 1, high],
      [low, NaN],
      [low, Infinity],
      ["0", "1"],
      [high, low - 2],
    );

/** What is no range of values: two finite numbers in their order. */
const notRange: Wrong = () =>
  fc.constantFrom<unknown[]>(
    null,
    "12",
    7,
    NaN,
    {},
    [0],
    [0, 1, 2],
    [0, NaN],
    [0, Infinity],
    ["0", "1"],
    [1, 0],
    [1, 1],
  );

/** Operators, noises and problems. */
export const operatorSubjects: Subject[] = [
  ofFunction({
    name: "operators.boxInpainting",
    call: operators.boxInpainting,
    valid: fc.tuple(fc.record({ margin: integer(0, 3) })),
    wrong: [
      notOptions({
        sides: pairOf(0, 4),
        margin: notNumber({ min: 0, whole: true, optional: true }),
        holes: notOneOf(["zero", "noise"], { optional: true }),
      }),
    ],
  }),
  ofFunction({
    name: "operators.randomInpainting",
    call: operators.randomInpainting,
    valid: fc.tuple(fc.record({ holes: fc.constantFrom("zero" as const, "noise" as const) })),
    wrong: [notOptions({ dropRate: pairOf(0, 1), holes: notOneOf(["zero", "noise"], { optional: true }) })],
  }),
  ofFunction({
    name: "operators.motionBlur",
    call: operators.motionBlur,
    valid: fc.tuple(fc.record({ intensity: finite(0, 1) })),
    wrong: [
      notOptions({
        taps: notNumber({ min: 1, max: 4095, whole: true, optional: true }),
        intensity: notNumber({ min: 0, max: 1, optional: true }),
      }),
    ],
  }),
  ofFunction({
    name: "operators.gaussianBlur",
    call: operators.gaussianBlur,
    valid: fc.tuple(fc.record({ std: positive(5) })),
    wrong: [
      notOptions({
        taps: notNumber({ min: 1, max: 4095, whole: true, optional: true }),
        std: notNumber({ above: 0, max: 1000, optional: true }),
      }),
    ],
  }),
  ofFunction({
    name: "operators.superResolution",
    call: operators.superResolution,
    valid: fc.tuple(fc.record({ factor: integer(1, 4) })),
    wrong: [notOptions({ factor: optionalCount })],
  }),
  ofFunction({
    name: "operators.highDynamicRange",
    call: operators.highDynamicRange,
    valid: fc.tuple(fc.record({ scale: positive(5) })),
    wrong: [notOptions({ scale: notNumber({ above: 0, optional: true }) })],
  }),
  ofFunction({
    name: "operators.phaseRetrieval",
    call: operators.phaseRetrieval,
    valid: fc.tuple(fc.record({ oversample: finite(0, 5) })),
    wrong: [notOptions({ oversample: notNumber({ min: 0, max: 64, optional: true }) })],
  }),
  ofFunction({
    name: "operators.gaussianNoise",
    call: operators.gaussianNoise,
    valid: fc.tuple(fc.constant(operator), positive()),
    wrong: [odd, notNumber({ above: 0 })],
  }),
  ofFunction({
    name: "operators.laplaceNoise",
    call: operators.laplaceNoise,
    valid: fc.tuple(fc.constant(operator), positive()),
    wrong: [odd, notNumber({ above: 0 })],
  }),
  ofFunction({
    name: "operators.imageProblem",
    call: operators.imageProblem,
    valid: fc.tuple(fc.constantFrom(...operators.problemNames), fc.record({ sigma: positive() })),
    wrong: [
      notOneOf(operators.problemNames),
      notOptions({ sigma: notNumber({ above: 0 }), range: notRange }, { required: ["sigma"] }),
    ],
  }),
  ofFunction({
    name: "operators.problem",
    call: operators.problem,
    valid: fc.tuple(
      fc.constant("mine"),
      fc.constant(operators.gaussianNoise(operator, 0.1)),
      fc.record({ class: integer(0, 5) }),
    ),
    wrong: [notText(), odd, notOptions({ class: notNumber({ min: 0, whole: true, optional: true }), range: notRange })],
  }),
  ofFunction({
    name: "operators.operator",
    call: operators.operator,
    valid: fc.tuple(fc.constant({ name: "mine", forward: operator.forward })),
    wrong: [
      notOptions(
        {
          name: notText({ optional: true }),
          forward: notFunction(),
          transpose: notFunction({ optional: true }),
          draw: notFunction({ optional: true }),
          shiftInvariant: notBoolean,
          local: notBoolean,
          observedMask: notText({ optional: true }),
        },
        { required: ["forward"] },
      ),
    ],
  }),
  ofFunction({
    name: "operators.masking",
    call: operators.masking,
    valid: fc.tuple(
      fc.constant("mask"),
      fc.constant(() => undefined),
      fc.record({ holes: fc.constantFrom("zero" as const, "noise" as const) }),
    ),
    wrong: [notText(), notFunction(), notOptions({ holes: notOneOf(["zero", "noise"], { optional: true }) })],
  }),
];
