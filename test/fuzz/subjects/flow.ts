import fc from "fast-check";
import { randomSource } from "../../../src/public/array.js";
import * as data from "../../../src/public/data.js";
import * as flow from "../../../src/public/flow.js";
import { annealedTau } from "../../../src/public/vfm.js";
import { count, odd, optionalCount } from "../option-rules.js";
import { ofFunction, type Subject } from "../subject.js";
import {
  array,
  differs,
  finite,
  integer,
  notHostArray,
  notNumber,
  notOptions,
  notRecord,
  positive,
} from "../values.js";

/** Data in memory, times and schedules. */
export const flowSubjects: Subject[] = [
  ofFunction({
    name: "data.imageGrid",
    call: data.imageGrid,
    valid: fc.tuple(array([3, 1, 2, 2]), fc.record({ columns: integer(1, 4), gap: integer(0, 3) })),
    wrong: [
      notHostArray({ values: false, shapes: [[3, 4], [12]] }),
      notOptions({ columns: optionalCount, gap: notNumber({ min: 0, whole: true, optional: true }) }),
    ],
    holds: ({ shape: [, , width] }, _images, { columns, gap }) =>
      differs("the width", width, columns * (2 + gap) - gap),
  }),
  ofFunction({
    name: "data.drawCheckerboard",
    call: data.drawCheckerboard,
    valid: fc.tuple(
      integer(1, 30),
      integer(0, 99).map((n) => randomSource(n)),
    ),
    wrong: [notNumber({ min: 0, whole: true }), odd],
    holds: (points, n) =>
      Array.from({ length: n }, (_, i) => data.isOnCheckerboard(points.data[2 * i], points.data[2 * i + 1])).every(
        Boolean,
      )
        ? undefined
        : "a point is off the board",
  }),
  ofFunction({
    name: "data.drawCheckerboardPosterior",
    call: data.drawCheckerboardPosterior,
    valid: fc.tuple(
      finite(-2, 2),
      finite(0.05, 1),
      integer(1, 10),
      integer(0, 99).map((n) => randomSource(n)),
    ),
    wrong: [notNumber(), notNumber({ above: 0 }), notNumber({ min: 0, whole: true }), odd],
  }),
  ofFunction({
    name: "data.imageSize",
    call: data.imageSize,
    valid: fc.tuple(fc.record({ channels: integer(1, 3), height: integer(1, 9), width: integer(1, 9) })),
    wrong: [notRecord({ channels: count, height: count, width: count })],
    holds: (size, { channels, height, width }) => differs("the size", size, channels * height * width),
  }),
  ofFunction({
    name: "flow.timeGrid",
    call: flow.timeGrid,
    valid: fc.tuple(integer(1, 20), positive(5)),
    wrong: [count, notNumber({ above: 0, optional: true })],
    holds: (times, steps) =>
      times.length === steps + 1 &&
      times[0] === 1 &&
      times[steps] === 0 &&
      times.every((t, k) => k === 0 || t < times[k - 1])
        ? undefined
        : "the times are not in order",
  }),
  ofFunction({
    name: "flow.stochasticTimeGrid",
    call: flow.stochasticTimeGrid,
    valid: fc.tuple(integer(1, 20), finite(0.01, 0.9)),
    wrong: [count, notNumber({ above: 0, below: 1, optional: true })],
  }),
  ofFunction({
    name: "flow.drawTimes",
    call: flow.drawTimes,
    valid: fc.tuple(
      fc.record({
        size: fc.constant(4),
        blocks: integer(1, 2),
        jumps: integer(0, 4),
        wholeJumps: fc.constant(0),
        timeLaw: fc.constant({ kind: "uniform" as const }),
        jumpLaw: fc.constant({ kind: "uniform" as const }),
      }),
      integer(0, 99).map((n) => randomSource(n)),
    ),
    wrong: [
      notOptions(
        {
          size: count,
          blocks: count,
          jumps: notNumber({ min: 0, whole: true, max: 4 }),
          wholeJumps: notNumber({ min: 0, whole: true, max: 4 }),
          timeLaw: () =>
            fc.constantFrom<unknown[]>(
              null,
              "uniform",
              {},
              { kind: "foo" },
              { kind: "logit-normal", mean: NaN, deviation: 1 },
              7,
            ),
          jumpLaw: () =>
            fc.constantFrom<unknown[]>(
              null,
              "uniform",
              {},
              { kind: "foo" },
              { kind: "logit-normal", means: [0], deviation: 1 },
              7,
            ),
        },
        { required: ["size", "blocks", "jumps", "wholeJumps", "timeLaw", "jumpLaw"] },
      ),
      odd,
    ],
    holds: ({ r, t }) =>
      r.data.every((value, i) => value >= 0 && value <= t.data[i] && t.data[i] <= 1) ? undefined : "r is after t",
  }),
  ofFunction({
    name: "vfm.annealedTau",
    call: annealedTau,
    valid: fc.tuple(fc.record({ start: positive(), end: positive() }), integer(0, 9), integer(10, 20)),
    wrong: [
      notRecord({ start: notNumber({ above: 0 }), end: notNumber({ above: 0 }) }),
      notNumber({ min: 0 }),
      notNumber({ min: 0 }),
    ],
    holds: (tau, { start, end }) =>
      tau >= Math.min(start, end) - 1e-9 && tau <= Math.max(start, end) + 1e-9 ? undefined : `tau is ${tau}`,
  }),
];
