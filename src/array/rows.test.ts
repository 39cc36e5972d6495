import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ShapeError } from "../errors.js";
import { firstRows, hostArray, type HostArray, hostZeros } from "./host.js";
import { randomSource } from "./random.js";
import { filledNormal, inBatches, joinRows, takeRows } from "./rows.js";

describe("takeRows", () => {
  it("copies rows in the given order, with their element type", () => {
    const table = hostArray([0, 1, 10, 11, 20, 21], [3, 1, 2]);
    const taken = takeRows(table, [2, 0, 2]);
    expect(taken).toEqual(hostArray([20, 21, 0, 1, 20, 21], [3, 1, 2]));
    taken.data[0] = 7;
    expect(table.data[4]).toBe(20);
    expect(takeRows(hostArray(Int32Array.of(5, 6), [2]), Int32Array.of(1))).toEqual(hostArray(Int32Array.of(6), [1]));
    expect(takeRows(table, []).shape).toEqual([0, 1, 2]);
  });

  it("takes any rows, one after another or not", () => {
    const table = randomSource(1).normalArray([7, 3]);
    fc.assert(
      fc.property(fc.array(fc.nat(6)), (rows) => {
        const expected = rows.flatMap((row) => [...table.data.subarray(3 * row, 3 * row + 3)]);
        expect(takeRows(table, rows)).toEqual(hostArray(expected, [rows.length, 3]));
      }),
    );
  });

  it.each([3, -1, 0.5, NaN])("refuses row %d of three", (row) => {
    expect(() => takeRows(hostZeros([3, 2]), [0, row])).toThrow(ShapeError);
    expect(() => takeRows(hostZeros([3, 2]), [2, row])).toThrow(ShapeError);
  });
});

describe("inBatches", () => {
  it("computes every row once, whatever the size of a batch, and repeats the last one to fill it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 12 }), async (count, size) => {
        const batches: number[][] = [];
        const results = await inBatches(count, size, async (rows, filled) => {
          expect(rows.length).toBe(size);
          batches.push([...rows.subarray(0, filled)]);
          expect(rows.subarray(filled).every((row) => row === count - 1)).toBe(true);
          const squares = Float32Array.from([...rows].flatMap((row) => [row, row ** 2]));
          return { squares: hostArray(squares, [size, 2]), list: [hostArray(rows, [size])] };
        });
        const all = Array.from({ length: count }, (_, row) => row);
        expect(batches.flat()).toEqual(all);
        expect(results.squares).toEqual(
          hostArray(
            all.flatMap((row) => [row, row ** 2]),
            [count, 2],
          ),
        );
        expect(results.list).toEqual([hostArray(Int32Array.from(all), [count])]);
      }),
    );
  });

  it("copies what a batch gave before the next one runs", async () => {
    const shared = hostZeros([2]);
    const result = await inBatches(4, 2, async (rows) => {
      shared.data.set(rows);
      return shared;
    });
    expect([...result.data]).toEqual([0, 1, 2, 3]);
  });

  it("refuses counts that are no positive integers, and batches of other sizes", async () => {
    const run = async () => hostZeros([3]);
    await expect(inBatches(0, 3, run)).rejects.toThrow(ShapeError);
    await expect(inBatches(3, 1.5, run)).rejects.toThrow(ShapeError);
    await expect(inBatches(3, 2, run)).rejects.toThrow(/a batch of 2 rows gave an array \[3\]/);
  });
});

describe("filledNormal", () => {
  it("draws the same numbers whatever the size of a batch, and fills it with zeros", async () => {
    const draw = (size: number): Promise<HostArray> => {
      const random = randomSource(2);
      return inBatches(7, size, async (_, filled) => filledNormal(random, size, filled, [2, 3]));
    };
    expect((await draw(7)).data).toEqual(randomSource(2).normalArray([7, 2, 3]).data);
    expect(await draw(3)).toEqual(await draw(7));
    expect(await draw(10)).toEqual(await draw(7));
    const { shape, data } = filledNormal(randomSource(2), 3, 1, [2]);
    expect(shape).toEqual([3, 2]);
    expect([...data.subarray(2)]).toEqual([0, 0, 0, 0]);
  });
});

it("arrays without rows, and more rows filled than there are, are refused", () => {
  expect(() => firstRows(hostArray([1], []), 1)).toThrow(/firstRows: the array has no axis of rows/);
  expect(() => filledNormal(randomSource(1), 2, 3, [4])).toThrow(/filled is 3, it has to be an integer from 0 to 2/);
});

describe("joinRows", () => {
  it("puts arrays one after another, and refuses those that do not fit", () => {
    const [a, b] = [hostArray([1, 2], [1, 2]), hostArray([3, 4, 5, 6], [2, 2])];
    expect(joinRows([a, b, a])).toEqual(hostArray([1, 2, 3, 4, 5, 6, 1, 2], [4, 2]));
    const whole = hostArray(Int32Array.of(7), [1]);
    expect(joinRows([whole, whole])).toEqual(hostArray(Int32Array.of(7, 7), [2]));
    expect(() => joinRows([])).toThrow("give one or more");
    expect(() => joinRows([a, hostZeros([1, 3])])).toThrow(ShapeError);
    expect(() => joinRows([hostZeros([1]), whole])).toThrow("same element type");
    expect(() => joinRows([hostZeros([])])).toThrow(ShapeError);
  });
});
