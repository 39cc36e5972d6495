import { describe, expect, it } from "vitest";
import { ShapeError } from "../errors.js";
import { directionDistance } from "./direction-distance.js";
import { precisionRecall } from "./precision-recall.js";

// Points on a line, 1 apart, so that with k = 1 every ball has the radius 1.
const line = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe("precision and recall", () => {
  it("are both 1 for the same points", () => {
    expect(precisionRecall(line(0, 8), line(0, 8), 1)).toEqual({ precision: 1, recall: 1 });
  });

  it("tell samples that miss a part of the data from samples beside it", () => {
    // The samples 0 ... 3 reach 0 ... 4 of the data 0 ... 7.
    expect(precisionRecall(line(0, 4), line(0, 8), 1, 1)).toEqual({ precision: 1, recall: 5 / 8 });
    // Of the samples 0 ... 7 those up to 4 lie within 1 of the data 0 ... 3.
    expect(precisionRecall(line(0, 8), line(0, 4), 1, 1)).toEqual({ precision: 5 / 8, recall: 1 });
    expect(precisionRecall(line(100, 4), line(0, 4), 1, 1)).toEqual({ precision: 0, recall: 0 });
  });

  it("take the k-th neighbour: with k = 2 the balls at a line's ends have the radius 2", () => {
    // The samples 0 ... 3 therefore reach 0 ... 5 of the data 0 ... 7.
    expect(precisionRecall(line(0, 4), line(0, 8), 1, 2)).toEqual({ precision: 1, recall: 6 / 8 });
  });

  it("refuse too few rows", () => {
    expect(() => precisionRecall(line(0, 3), line(0, 8), 1)).toThrow(ShapeError);
  });
});

describe("the distance of directions", () => {
  it("is 0 along the same, 2 at a right angle and 4 for opposite directions, whatever the lengths", () => {
    expect(directionDistance([1, 2], [2, 4])).toBeCloseTo(0, 12);
    expect(directionDistance([3, 0], [0, 0.1])).toBeCloseTo(2, 12);
    expect(directionDistance([1, 1], [-5, -5])).toBeCloseTo(4, 12);
    expect([directionDistance([0, 0], [1, 0]), directionDistance([0], [0])]).toEqual([1, 0]);
  });
});
