import { describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { imageProblem, mnistProblems, problemNames } from "./image-problems.js";
import { sameObservation } from "./problem.js";

describe("problems", () => {
  it("are six, in the order of their classes", () => {
    expect(problemNames).toEqual([
      "denoise",
      "inpaint-random",
      "inpaint-box",
      "super-resolution",
      "gaussian-blur",
      "motion-blur",
    ]);
    expect(mnistProblems.map((spec) => imageProblem(spec.name, { sigma: spec.sigma }).class)).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    expect(mnistProblems.map((spec) => imageProblem(spec.name, { sigma: spec.sigma }).observation.sigma)).toEqual([
      0.5, 0.1, 0.1, 0.1, 0.1, 0.1,
    ]);
    expect(
      mnistProblems.map((spec) => imageProblem(spec.name, { sigma: spec.sigma }).observation.operator.name),
    ).toEqual(["identity", "random-inpainting", "box-inpainting", "super-resolution", "gaussian-blur", "motion-blur"]);
  });

  it("are the same object for the same name and sigma, and after many others equal ones", () => {
    const spec = { name: "inpaint-box", sigma: 0.1 };
    const problem = imageProblem(spec.name, { sigma: spec.sigma });
    expect(imageProblem("inpaint-box", { sigma: 0.1 })).toBe(problem);
    expect(imageProblem("inpaint-box", { sigma: 0.2 })).not.toBe(problem);
    expect(imageProblem("denoise", { sigma: 0.1 })).not.toBe(problem);
    for (let i = 1; i <= 200; i++) imageProblem("inpaint-box", { sigma: i });
    expect(imageProblem("inpaint-box", { sigma: 200 }).observation.sigma).toBe(200);
    const again = imageProblem(spec.name, { sigma: spec.sigma });
    expect(again).not.toBe(problem);
    expect(again).toMatchObject({
      name: "inpaint-box",
      class: 2,
      observation: { sigma: 0.1 },
    });
  });

  it("leave noise in the holes of an inpainting, and only there, if they are told to", () => {
    const published = imageProblem("inpaint-box", { sigma: 0.05, holes: "noise" });
    expect(published.observation.operator.observedMask).toBeUndefined();
    expect(published.config).toEqual({ name: "inpaint-box", sigma: 0.05, holes: "noise" });
    expect(imageProblem("inpaint-box", { sigma: 0.05 }).observation.operator.observedMask).toBe("mask");
    expect(() => imageProblem("denoise", { sigma: 0.05, holes: "noise" })).toThrow(
      'problem "denoise" has no holes: give "holes" only for inpaint-random and inpaint-box',
    );
  });

  it("filter a motion blur, and only that, if they are told to", () => {
    const filtered = imageProblem("motion-blur", { sigma: 0.1, transpose: "wiener" });
    const blurred = imageProblem("motion-blur", { sigma: 0.1 });
    expect(filtered.config).toEqual({ name: "motion-blur", sigma: 0.1, transpose: "wiener" });
    expect(filtered.observation.operator.transposeNeedsParameters).toBe(true);
    expect(blurred.observation.operator.transposeNeedsParameters).toBeUndefined();
    expect(sameObservation(filtered.observation, blurred.observation)).toBe(false);
    expect(() => imageProblem("gaussian-blur", { sigma: 0.1, transpose: "wiener" })).toThrow(
      'problem "gaussian-blur" has no choice of A^T: give "transpose" only for motion-blur',
    );
  });

  it("names the known ones where a name is unknown, and the problem where sigma is wrong", () => {
    const unknown = (): unknown => imageProblem("sharpen", { sigma: 0.1 });
    expect(unknown).toThrow(InputError);
    expect(unknown).toThrow(
      /^there is no problem "sharpen": the problems are denoise, inpaint-random, .*, motion-blur$/,
    );
    expect(() => imageProblem("constructor", { sigma: 0.1 })).toThrow(InputError);
    expect(() => imageProblem("denoise", { sigma: 0 })).toThrow(/sigma is 0, it has to be a positive number/);
  });
});
