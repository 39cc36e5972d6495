import { describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { randomSource } from "./random.js";
import { drawInteger } from "./uniform.js";

describe("random integers", () => {
  it.each([-3, 0, 1.5, NaN, Infinity, 2 ** 53])("have no bound %s", (bound) => {
    expect(() => randomSource(1).integer(bound)).toThrow(InputError);
  });

  it("below a bound of at most 2^24 come from one uniform number", () => {
    const [integers, uniforms] = [randomSource(3, "integers"), randomSource(3, "integers")];
    for (const bound of [1, 7, 300, 2 ** 24])
      expect(integers.integer(bound)).toBe(Math.floor(uniforms.uniform() * bound));
  });

  it.each([3 * 2 ** 24, 2 ** 32, 2 ** 53 - 1])("below %s reach odd numbers and all parts alike", (bound) => {
    const random = randomSource(5, bound);
    const parts = new Array<number>(12).fill(0);
    const draws = 12_000;
    let odd = 0;
    for (let i = 0; i < draws; i++) {
      const drawn = random.integer(bound);
      expect(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < bound).toBe(true);
      odd += drawn % 2;
      parts[Math.floor((drawn / bound) * parts.length)]++;
    }
    // Pearson's statistic of 11 degrees of freedom exceeds 31.3 with probability 0.001.
    const expected = draws / parts.length;
    expect(parts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(31.3);
    // Four standard deviations of a fair coin.
    expect(Math.abs(odd - draws / 2)).toBeLessThan(4 * Math.sqrt(draws / 4));
  });

  it("are the words' remainder, without the last incomplete multiple of the bound", () => {
    const words = [-1, -1, 0, 5 << 6];
    const bound = 2 ** 52 + 1;
    // The first two words make 2^53 - 1, which lies in the incomplete multiple.
    expect(drawInteger({ next: () => words.shift() ?? 0 }, bound)).toBe(5);
  });
});
