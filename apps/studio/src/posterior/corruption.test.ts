import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxInside, boxMask, motionKernel } from "./corruption.js";

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

describe("a box", () => {
  it("hides its own pixels", () => {
    const mask = boxMask({ top: 1, left: 2, height: 2, width: 1 }, 4, 4);
    expect([...mask]).toEqual([1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1]);
  });

  it("is kept inside the image, its sides whole numbers", () => {
    const number = fc.double({ min: -60, max: 60, noNaN: true });
    fc.assert(
      fc.property(number, number, number, number, (top, left, height, width) => {
        const box = boxInside({ top, left, height, width }, 28, 20);
        expect(Object.values(box).every(Number.isInteger)).toBe(true);
        expect(box.top >= 0 && box.top + box.height <= 28 && box.height >= 1).toBe(true);
        expect(box.left >= 0 && box.left + box.width <= 20 && box.width >= 1).toBe(true);
      }),
    );
    expect(boxInside({ top: 3, left: 15, height: 4, width: 9 }, 28, 20)).toEqual({
      top: 3,
      left: 11,
      height: 4,
      width: 9,
    });
  });
});

describe("a motion's kernel", () => {
  it("keeps brightness, and stays inside", () => {
    const motion = fc.record({
      length: fc.double({ min: 0, max: 30, noNaN: true }),
      angle: fc.integer({ min: -360, max: 360 }),
      bend: fc.integer({ min: -180, max: 180 }),
    });
    fc.assert(
      fc.property(motion, (given) => {
        const kernel = motionKernel(given, 9);
        expect(kernel.every((value) => value >= 0)).toBe(true);
        expect(sum(kernel)).toBeCloseTo(1, 4);
      }),
    );
  });

  it("of a straight path to the right is its middle row, the same from either end", () => {
    const kernel = motionKernel({ length: 4, angle: 0, bend: 0 }, 9);
    expect(sum(kernel.slice(36, 45))).toBeCloseTo(1, 5);
    // A path of four pixels, from 38 to 42, passes half of its two outer pixels.
    for (const place of [39, 40, 41]) expect(Math.abs(kernel[place] - 0.25)).toBeLessThan(0.02);
    for (const place of [38, 42]) expect(Math.abs(kernel[place] - 0.125)).toBeLessThan(0.02);
    for (let i = 0; i < 4; i++) expect(kernel[36 + i]).toBeCloseTo(kernel[44 - i], 5);
    expect(kernel[36 + 1]).toBe(0);
  });
});
