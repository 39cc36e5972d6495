import { describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { identity } from "./identity.js";
import { imageProblem } from "./image-problems.js";
import { gaussianNoise } from "./observation-model.js";
import { problem, problemClasses, problemNamed } from "./problem.js";

const observation = gaussianNoise(identity(), 0.1);

describe("problems", () => {
  it("have their own class, or their place in the list", () => {
    const list = [imageProblem("inpaint-box", { sigma: 0.1 }), problem("a", observation), problem("b", observation)];
    expect(() => problemClasses(list)).toThrow(/"inpaint-box" and "b" are both class 2/);
    expect(problemClasses(list.slice(0, 2))).toEqual([2, 1]);
    expect(problemClasses([problem("a", observation, { class: 7 }), problem("b", observation)])).toEqual([7, 1]);
  });

  it("have names of their own", () => {
    expect(() => problemClasses([problem("a", observation), problem("a", observation)])).toThrow(InputError);
    expect(() => problemNamed([problem("a", observation)], "b")).toThrow(/no problem "b": use one of a$/);
  });

  it.each<[string, () => unknown]>([
    ["name", () => problem("", observation)],
    ["observation model", () => problem("a", identity() as never)],
    ["class is -1", () => problem("a", observation, { class: -1 })],
    ["range is [1, 0]", () => problem("a", observation, { range: [1, 0] })],
    ["did you mean", () => problem("a", observation, { klass: 1 } as never)],
  ])("are refused where they are none: %s", (message, make) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });
});
