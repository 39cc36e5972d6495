import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { InputError } from "../errors.js";
import { drawCheckerboard, drawCheckerboardPosterior, isOnCheckerboard } from "./checkerboard.js";

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

describe("the checkerboard's exact posterior", () => {
  const sigma = 0.3;
  // x1 is uniform on [-2, 2] (each column has two filled squares), so that p(x1 | y) is a truncated Gaussian.
  const density = (x1: number, y: number): number => Math.exp(-((x1 - y) ** 2) / (2 * sigma ** 2));
  const integral = (y: number, from: number, to: number, weight = (_x: number): number => 1): number => {
    const cells = 4000;
    const step = (to - from) / cells;
    return Array.from({ length: cells }, (_, i) => from + (i + 0.5) * step).reduce(
      (sum, x) => sum + weight(x) * density(x, y) * step,
      0,
    );
  };

  it.each([0.1, 1.9, -2.3])("agrees with quadrature at y = %f", (y) => {
    const count = 20_000;
    const { data } = drawCheckerboardPosterior(y, sigma, count, randomSource(5, "posterior", y));
    const all = integral(y, -2, 2);
    let mean = 0;
    const columns = new Map<number, number>();
    const squares = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const [x1, x2] = [data[2 * i], data[2 * i + 1]];
      expect(isOnCheckerboard(x1, x2)).toBe(true);
      mean += x1 / count;
      const column = Math.floor(x1);
      columns.set(column, (columns.get(column) ?? 0) + 1 / count);
      const square = `${column},${Math.floor(x2)}`;
      squares.set(square, (squares.get(square) ?? 0) + 1 / count);
    }
    // At most five standard deviations: sigma / sqrt(count) = 0.0021, 0.5 / sqrt(count) = 0.0035.
    expect(Math.abs(mean - integral(y, -2, 2, (x) => x) / all)).toBeLessThan(0.011);
    for (const column of [-2, -1, 0, 1]) {
      const expected = integral(y, column, column + 1) / all;
      expect(Math.abs((columns.get(column) ?? 0) - expected)).toBeLessThan(0.018);
      for (const x2 of [-2, -1, 0, 1]) {
        const share = (column + x2) % 2 === 0 ? expected / 2 : 0;
        expect(Math.abs((squares.get(`${column},${x2}`) ?? 0) - share)).toBeLessThan(0.018);
      }
    }
  });

  it("refuses an observation that no point of the board explains", () => {
    expect(() => drawCheckerboardPosterior(5, 0.1, 1, randomSource(1))).toThrow(InputError);
    // Rounded to float32 every proposal is 2, which is off the board; the second time hardly any is on it.
    expect(() => drawCheckerboardPosterior(2, 1e-9, 1, randomSource(1))).toThrow(/no point of the board/);
    expect(() => drawCheckerboardPosterior(0, 1e12, 1, randomSource(1))).toThrow(/no point of the board/);
    expect(() => drawCheckerboardPosterior(Number.NaN, 0.1, 1, randomSource(1))).toThrow(InputError);
  });
});
