import { describe, expect, it } from "vitest";
import { hostArray, hostZeros, randomSource } from "../array/index.js";
import { batchShape, type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { degrade, drawParameters, transposeObservation } from "./degrade.js";
import { createProblem, mnistProblems, problemNames } from "./problems.js";

const image: ImageShape = { channels: 1, height: 28, width: 28 };
const options = { backend: "jax" } as const;

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
    expect(mnistProblems.map((spec) => createProblem(spec).class)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(mnistProblems.map((spec) => createProblem(spec).observation.sigma)).toEqual([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]);
    expect(mnistProblems.map((spec) => createProblem(spec).observation.operator.name)).toEqual([
      "identity",
      "random-inpainting",
      "box-inpainting",
      "super-resolution",
      "gaussian-blur",
      "motion-blur",
    ]);
  });

  it("are the same object for the same name and sigma, and after many others equal ones", () => {
    const spec = { name: "inpaint-box", sigma: 0.1 };
    const problem = createProblem(spec);
    expect(createProblem({ ...spec })).toBe(problem);
    expect(createProblem({ ...spec, sigma: 0.2 })).not.toBe(problem);
    expect(createProblem({ ...spec, name: "denoise" })).not.toBe(problem);
    for (let i = 1; i <= 200; i++) createProblem({ ...spec, sigma: i });
    expect(createProblem({ ...spec, sigma: 200 }).observation.sigma).toBe(200);
    expect(createProblem(spec)).toMatchObject({ name: "inpaint-box", class: 2, observation: { sigma: 0.1 } });
  });

  it("names the known ones where a name is unknown, and the problem where sigma is wrong", () => {
    const unknown = (): unknown => createProblem({ name: "sharpen", sigma: 0.1 });
    expect(unknown).toThrow(InputError);
    expect(unknown).toThrow(
      /^there is no problem "sharpen": the problems are denoise, inpaint-random, .*, motion-blur$/,
    );
    expect(() => createProblem({ name: "constructor", sigma: 0.1 })).toThrow(InputError);
    expect(() => createProblem({ name: "denoise", sigma: 0 })).toThrow(/sigma is 0, it has to be a positive number/);
  });
});

describe("degrade", () => {
  it.each(mnistProblems)("makes the same observation from the same seed only: $name", async (spec) => {
    const problem = createProblem(spec);
    const x = randomSource(1).uniformArray(batchShape(2, image));
    const first = await degrade(problem, x, 5, options);
    expect(await degrade(problem, x, 5, options)).toEqual(first);
    expect((await degrade(problem, x, 6, options)).observation).not.toEqual(first.observation);
    expect(first.observation.shape).toEqual([2, ...problem.observation.operator.observationShape(image)]);
    expect(first.parameters).toEqual(drawParameters(problem, 2, image, 5));
    const transposed = await transposeObservation(problem, first.observation, first.parameters, image, options);
    expect(transposed).toEqual(first.transposed);
    expect(transposed.shape).toEqual(x.shape);
  });

  it("draws the first images' parameters whatever their number", () => {
    for (const spec of mnistProblems) {
      const problem = createProblem(spec);
      const [few, many] = [drawParameters(problem, 2, image, 5), drawParameters(problem, 4, image, 5)];
      for (const [name, { data }] of Object.entries(few))
        expect(many[name].data.subarray(0, data.length)).toEqual(data);
    }
  });

  it("adds noise of the problem's sigma", async () => {
    const count = 40;
    const { observation } = await degrade(
      createProblem(mnistProblems[0]),
      hostZeros(batchShape(count, image)),
      7,
      options,
    );
    let squares = 0;
    for (const value of observation.data) squares += value ** 2;
    // Standard error of the standard deviation: 0.5 / sqrt(2 * 31360) = 0.002.
    expect(Math.abs(Math.sqrt(squares / observation.data.length) - 0.5)).toBeLessThan(0.01);
  });

  it("refuses NaN and arrays that are no batch of images", async () => {
    const problem = createProblem(mnistProblems[0]);
    const x = hostZeros(batchShape(1, image));
    x.data[30] = NaN;
    await expect(degrade(problem, x, 1, options)).rejects.toThrow(/holds NaN at \[0, 0, 1, 2\]/);
    await expect(transposeObservation(problem, x, {}, image, options)).rejects.toThrow(/the observation holds NaN/);
    await expect(degrade(problem, hostArray([1, 2], [1, 2]), 1, options)).rejects.toThrow(InputError);
  });
});
