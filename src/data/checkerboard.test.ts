import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { drawCheckerboard, isOnCheckerboard } from "./checkerboard.js";

describe("checkerboard", () => {
  it("fills eight of sixteen unit squares, neighbours never both", () => {
    const centres = [-1.5, -0.5, 0.5, 1.5];
    const filled = centres.flatMap((x1) => centres.map((x2) => isOnCheckerboard(x1, x2)));
    expect(filled.filter(Boolean)).toHaveLength(8);
    for (const x1 of centres.slice(0, 3))
      for (const x2 of centres) expect(isOnCheckerboard(x1, x2)).not.toBe(isOnCheckerboard(x1 + 1, x2));
    expect(isOnCheckerboard(2.5, 0.5)).toBe(false);
  });

  it("draws points uniform over the filled squares", () => {
    const count = 8000;
    const { shape, data } = drawCheckerboard(count, randomSource(3, "board"));
    expect(shape).toEqual([count, 2]);
    const squares = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const [x1, x2] = [data[2 * i], data[2 * i + 1]];
      expect(isOnCheckerboard(x1, x2)).toBe(true);
      const square = `${Math.floor(x1)},${Math.floor(x2)}`;
      squares.set(square, (squares.get(square) ?? 0) + 1);
    }
    expect(squares.size).toBe(8);
    // Standard deviation of a square's count: sqrt(8000 / 8 * 7 / 8) = 30.
    for (const inSquare of squares.values()) expect(Math.abs(inSquare - count / 8)).toBeLessThan(150);
  });
});
