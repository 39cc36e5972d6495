import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { fuzz } from "./run.js";
import { ofFunction } from "./subject.js";
import { notNumber } from "./values.js";

describe("the fuzz", () => {
  it.each([
    ["metrics", 400],
    ["array", 400],
    ["", 300],
  ])("finds nothing in a few cases of %o", async (of, most) => {
    // Longer than a test may take: on a slow machine too all cases run.
    const { cases, findings } = await fuzz({ seed: 1, from: 0, cases: most, minutes: 10, of });
    expect(findings).toEqual([]);
    expect(cases).toBe(most);
  });

  const half = (check: (value: number) => number) =>
    ofFunction({
      name: "half",
      call: (value: number) => check(value) / 2,
      valid: fc.tuple(fc.integer({ min: 1, max: 9 })),
      wrong: [notNumber({ min: 1, whole: true })],
      holds: (result, value) => (result === value / 2 ? undefined : "it is not half"),
    });
  const refuse = (message: string) => (value: number) => {
    if (!(Number.isSafeInteger(value) && value >= 1)) throw new InputError(message);
    return value;
  };
  const kindsOf = async (subject: ReturnType<typeof half>): Promise<Set<string | undefined>> => {
    const cases = fc.sample(subject.cases, { seed: 1, numRuns: 60 });
    return new Set((await Promise.all(cases.map((drawn) => drawn.run()))).map((complaint) => complaint?.kind));
  };

  it("passes a function that checks its argument", async () => {
    expect(await kindsOf(half(refuse("half: value is wrong, give a positive integer")))).toEqual(new Set([undefined]));
  });

  it("reports a hole, a foreign error, a message that says nothing, a wrong result", async () => {
    expect(await kindsOf(half((value) => value))).toContain("silent");
    expect(await kindsOf(half((value) => new Array<number>(value).length))).toContain("crashes");
    expect(await kindsOf(half(refuse("half: value is undefined")))).toContain("unclear");
    expect(await kindsOf(half((value) => refuse("half: give a positive integer")(value) + 1))).toContain("silent");
  });
});
