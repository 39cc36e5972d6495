import { describe, expect, it } from "vitest";
import { InputError } from "./errors.js";
import {
  anyValue,
  checkOptions,
  integerFrom,
  numberFrom,
  oneOf,
  type OptionRule,
  pairOf,
  positiveInteger,
  positiveNumber,
  seedNumber,
  trueOrFalse,
} from "./options.js";

interface Options {
  samples?: number;
  seed?: number;
}
const rules = { samples: positiveInteger, seed: seedNumber };
const check =
  (options: unknown, required: (keyof Options)[] = []) =>
  (): void =>
    checkOptions<Options>("draw", options as Options, rules, required);

describe("options", () => {
  it("are taken where each is what it has to be, or is not given", () => {
    for (const options of [{}, { samples: 3 }, { samples: undefined, seed: 0 }]) expect(check(options)).not.toThrow();
  });

  it.each<[unknown, string]>([
    [{ sample: 3 }, 'draw: there is no option "sample": did you mean "samples"?'],
    [{ Seed: 3 }, 'draw: there is no option "Seed": did you mean "seed"?'],
    [{ batch: 3 }, 'draw: there is no option "batch": it takes samples, seed'],
    [{ samples: 0 }, "draw: samples is 0, it has to be a positive integer"],
    [{ samples: "3" }, 'draw: samples is "3", it has to be a positive integer'],
    [{ seed: -1 }, "draw: seed is -1, it has to be an integer from 0 to 2^53 - 1"],
    [null, "draw: the options are null, they have to be an object"],
    ["seed", 'draw: the options are "seed", they have to be an object'],
    [{ constructor: 1 }, 'draw: there is no option "constructor": it takes samples, seed'],
    [{ seed: "x".repeat(99) }, `draw: seed is "${"x".repeat(39)}..., it has to be an integer from 0 to 2^53 - 1`],
  ])("are refused in one line: %j", (options, message) => {
    expect(check(options)).toThrow(InputError);
    expect(check(options)).toThrow(new InputError(message));
  });

  it("that are needed are asked for", () => {
    expect(check({ seed: 1 }, ["samples", "seed"])).toThrow("draw: give samples, a positive integer");
    expect(() => checkOptions<object>("none", { a: 1 }, {})).toThrow('no option "a": it takes none');
  });

  it.each<[string, OptionRule, unknown[], unknown[]]>([
    ["an integer", integerFrom(2, 4), [2, 4], [1, 5, 2.5, NaN, "2", null]],
    ["a seed", seedNumber, [0, 2 ** 53 - 1], [-1, 1.5, NaN, Infinity, 2 ** 53]],
    ["a number", numberFrom(0, 1), [0, 0.5, 1], [-0.1, 1.1, NaN, "0"]],
    ["a number without a bound", numberFrom(0), [0, 1e300], [Infinity, NaN, -1]],
    ["a positive number", positiveNumber(), [1e-9, 7], [0, -1, NaN, Infinity]],
    ["one of a list", oneOf(["a", "b"]), ["a"], ["c", 1, undefined]],
    ["a pair", pairOf(numberFrom(0, 1)), [[0, 1]], [[0], [0, 1, 1], [0, 2], 0, "01"]],
    ["a switch", trueOrFalse, [true, false], [0, "true"]],
    ["anything", anyValue, [undefined, NaN], []],
  ])("%s", (_name, { accepts }, good, bad) => {
    for (const value of good) expect(accepts(value)).toBe(true);
    for (const value of bad) expect(accepts(value)).toBe(false);
  });
});
