import { describe, expect, it } from "vitest";
import {
  hostArray,
  hostFull,
  type HostArray,
  hostZeros,
  mul,
  type NDArray,
  randomSource,
  sliceAxis,
} from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";
import { imageProblem, mnistProblems } from "./image-problems.js";
import { drawParameters } from "./draw-parameters.js";
import { firstObservations, observationRows } from "./observation.js";
import { checkObservation } from "./observation-checks.js";
import { observationOf, observe } from "./observe.js";
import { gaussianNoise } from "./observation-model.js";
import { operator, type OperatorDefinition } from "./operator.js";
import { problem, type Problem } from "./problem.js";

const image = [1, 28, 28];
const backend = "jax" as const;
const [denoise] = mnistProblems.map(({ name, sigma }) => imageProblem(name, { sigma }));
const box = imageProblem("inpaint-box", { sigma: 0.1 });

describe("observe", () => {
  it.each(mnistProblems)("makes the same observation from the same seed only: $name", async ({ name, sigma }) => {
    const problem = imageProblem(name, { sigma });
    const x = randomSource(1).uniformArray([2, ...image]);
    const first = await observe(problem, x, { seed: 5, backend });
    expect(first.problem).toBe(problem);
    expect(await observe(problem, x, { seed: 5, backend })).toEqual(first);
    expect((await observe(problem, x, { seed: 6, backend })).y).not.toEqual(first.y);
    expect(first.y.shape).toEqual([2, ...problem.observation.operator.observationShape(image)]);
    expect(first.parameters).toEqual(drawParameters(problem, 2, image, 5));
    expect(first.transposed.shape).toEqual(x.shape);
    // A^T y is computed from the same y as a measurement.
    expect(await observationOf(problem, first.y, { parameters: first.parameters, image, backend })).toEqual(first);
  });

  it("takes an operator that is an object of a class", async () => {
    class Tripled {
      readonly name = "tripled";
      readonly transposeIsAdjoint = true;
      readonly factor = 3;
      draw = () => ({});
      forward(x: NDArray): NDArray {
        return mul(x, this.factor);
      }
      transpose(y: NDArray): NDArray {
        return mul(y, this.factor);
      }
      observationShape = (shape: readonly number[]): number[] => [...shape];
    }
    const own = problem("tripled", gaussianNoise(new Tripled(), 0.1));
    const { y, transposed } = await observe(own, hostFull([1, 2], 0.5), { seed: 1, backend });
    y.data.forEach((value, i) => expect(transposed.data[i]).toBeCloseTo(3 * value, 5));
  });

  it("draws the first images' parameters whatever their number", () => {
    for (const { name, sigma } of mnistProblems) {
      const problem = imageProblem(name, { sigma });
      const [few, many] = [drawParameters(problem, 2, image, 5), drawParameters(problem, 4, image, 5)];
      for (const [name, { data }] of Object.entries(few))
        expect(many[name].data.subarray(0, data.length)).toEqual(data);
    }
  });

  it("adds noise of the problem's sigma", async () => {
    const { y } = await observe(denoise, hostZeros([40, ...image]), { seed: 7, backend });
    let squares = 0;
    for (const value of y.data) squares += value ** 2;
    // Standard error of the standard deviation: 0.5 / sqrt(2 * 31360) = 0.002.
    expect(Math.abs(Math.sqrt(squares / y.data.length) - 0.5)).toBeLessThan(0.01);
  });

  it("observes samples that are no images, where the operator does", async () => {
    const first = operator({ forward: (x) => sliceAxis(x, 1, 0, 1), observationShape: () => [1] });
    const points = hostArray([0.5, 2, -0.25, 3], [2, 2]);
    const exact = problem("first", gaussianNoise(first, 1e-6));
    const { y, transposed } = await observe(exact, points, { seed: 1, backend });
    expect(y.shape).toEqual([2, 1]);
    [0.5, -0.25].forEach((value, i) => expect(y.data[i]).toBeCloseTo(value, 4));
    [0.5, 0, -0.25, 0].forEach((value, i) => expect(transposed.data[i]).toBeCloseTo(value, 4));
  });

  it("refuses NaN and arrays that are no batch of images", async () => {
    const x = hostZeros([1, ...image]);
    x.data[30] = NaN;
    await expect(observe(denoise, x, { seed: 1, backend })).rejects.toThrow(/holds NaN at \[0, 0, 1, 2\]/);
    await expect(observationOf(denoise, x, { image, backend })).rejects.toThrow(/the observation y holds NaN/);
    await expect(observe(box, hostArray([1, 2], [1, 2]), { seed: 1, backend })).rejects.toThrow(InputError);
    await expect(observe(box, hostZeros([0, ...image]), { seed: 1, backend })).rejects.toThrow(/there is no image/);
    const short = { shape: [2, ...image], data: new Float32Array(784) };
    await expect(observe(denoise, short, { seed: 1, backend })).rejects.toThrow(/needs 1568 values, it has 784/);
    await expect(observe(denoise, [1, 2] as never, { seed: 1 })).rejects.toThrow(/has to be an array/);
  });

  it("refuses images from 0 to 255, unless the problem says that its images are", async () => {
    const bytes = hostFull([1, ...image], 255);
    await expect(observe(denoise, bytes, { seed: 1, backend })).rejects.toThrow(/holds 255: .* scale them/);
    const own = imageProblem("denoise", { sigma: 0.5, range: [0, 255] });
    expect((await observe(own, bytes, { seed: 1, backend })).y.data[0]).toBeGreaterThan(250);
    await expect(observe(own, hostFull([1, ...image], -1), { seed: 1, backend })).rejects.toThrow(/\[0, 255\]/);
    // High dynamic range exceeds [-1, 1] by a little.
    await observe(denoise, hostFull([1, ...image], 4), { seed: 1, backend });
  });

  it.each<[string, Record<string, unknown>]>([
    ["give seed", {}],
    ["seed is -1", { seed: -1 }],
    ["seed is 1.5", { seed: 1.5 }],
    ["seed is NaN", { seed: NaN }],
    ['backend is "foo"', { seed: 1, backend: "foo" }],
    ["threads is 0", { seed: 1, threads: 0 }],
    ['did you mean "seed"', { sed: 1 }],
    ["the options are 1", 1 as never],
  ])("says what is wrong with its options: %s", async (message, options) => {
    const run = observe(denoise, hostZeros([1, ...image]), options as never);
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(message);
  });
});

describe("an operator that does not keep what it says", () => {
  const points = hostArray([0.5, 2, -0.25, 3], [2, 2]);
  it.each<[RegExp, OperatorDefinition]>([
    [/mine: forward gives \[2, 1\], y is \[2, 2\]/, { forward: (x) => sliceAxis(x, 1, 0, 1) }],
    [
      /mine: transpose gives \[2, 1\], the samples are \[2, 2\]/,
      { forward: (x) => x, transpose: (y) => sliceAxis(y, 1, 0, 1) },
    ],
    [
      /mine: draw gives "gain" \[1, 1\] for 2 samples/,
      { forward: (x) => x, draw: () => ({ gain: hostFull([1, 1], 1) }) },
    ],
    [/mine: its observedMask "mask" is not a parameter/, { forward: (x) => x, observedMask: "mask" }],
    [/mine: forward gives not given/, { forward: () => undefined as never }],
    [/mine: forward gives 3/, { forward: () => 3 as never }],
    [/mine: transpose gives not given/, { forward: (x) => x, transpose: () => undefined as never }],
    [/mine: draw gives not given/, { forward: (x) => x, draw: () => undefined as never }],
    [
      /mine: draw gives "gain" .*: make it an array on the host/,
      { forward: (x) => x, draw: () => ({ gain: [1] as never }) },
    ],
    [/mine: observationShape gives 28/, { forward: (x) => x, observationShape: () => 28 as never }],
  ])("is refused: %s", async (message, definition) => {
    const mine = problem("mine", gaussianNoise(operator({ name: "mine", ...definition }), 0.1));
    const run = observe(mine, points, { seed: 1, backend });
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(message);
  });

  it("or that is none", async () => {
    await expect(observe(undefined as never, points, { seed: 1 })).rejects.toThrow(/there is no problem/);
  });
});

describe("observationOf", () => {
  const y = hostZeros([2, ...image]);
  const mask = hostFull([2, ...image], 1);
  const make = (measured: HostArray, options: Record<string, unknown>) =>
    observationOf(box, measured, { image, backend, ...options });

  it("needs the parameters that the operator draws, and no others", async () => {
    await expect(make(y, {})).rejects.toThrow(/"inpaint-box" needs the parameter "mask", \[2, 1, 28, 28\]/);
    await expect(make(y, { parameters: { mask, kernel: mask } })).rejects.toThrow(/no parameter "kernel"/);
    const one = hostFull([1, ...image], 1);
    await expect(make(y, { parameters: { mask: one } })).rejects.toThrow(ShapeError);
    const broken = hostFull([2, ...image], Infinity);
    await expect(make(y, { parameters: { mask: broken } })).rejects.toThrow(/"mask" holds Infinity/);
  });

  it("needs y as the operator makes it of such images", async () => {
    await expect(make(hostZeros([2, 1, 14, 14]), { parameters: { mask } })).rejects.toThrow(
      /the observation y is \[2, 1, 14, 14\], "inpaint-box" needs \[2, 1, 28, 28\]/,
    );
    await expect(make(y, { parameters: { mask }, image: undefined })).rejects.toThrow(/give image/);
  });
});

describe("a measured observation", () => {
  const blur = imageProblem("motion-blur", { sigma: 0.1 });
  const kernel = hostFull([1, 9, 9], 1 / 81);

  it.each<[string, Problem, number, Record<string, HostArray>, RegExp | undefined]>([
    ["from 0 to 255", denoise, 255, {}, /y of "denoise" holds 255: give it in the units of the images/],
    ["with a mask from 0 to 255", box, 0, { mask: hostFull([1, ...image], 255) }, /"mask" of "inpaint-box" holds 255/],
    ["with a mask below 0", box, 0, { mask: hostFull([1, ...image], -1) }, /"mask" of "inpaint-box" holds -1/],
    ["with a soft mask", box, 0, { mask: hostFull([1, ...image], 0.5) }, undefined],
    ["with a kernel", blur, 1, { kernel }, undefined],
    ["with a kernel that is not normalised", blur, 0, { kernel: hostFull([1, 9, 9], 1) }, /sum to 81: divide them/],
    ["with a negative kernel", blur, 0, { kernel: hostFull([1, 9, 9], -1 / 81) }, /kernel has no negative value/],
  ])("%s is accepted or refused", async (_, observed, value, parameters, message) => {
    const made = observationOf(observed, hostFull([1, ...image], value), { image, parameters, backend });
    if (message === undefined) {
      expect((await made).transposed.shape).toEqual([1, ...image]);
      return;
    }
    await expect(made).rejects.toThrow(InputError);
    await expect(made).rejects.toThrow(message);
  });

  it("may have other units where the problem has its own range", async () => {
    const own = imageProblem("denoise", { sigma: 0.5, range: [0, 255] });
    await observationOf(own, hostFull([1, ...image], 255), { image, backend });
  });
});

describe("an observation", () => {
  it("can be cut into rows", async () => {
    const x = randomSource(1).uniformArray([3, ...image]);
    const all = await observe(box, x, { seed: 5, backend });
    const last = observationRows(all, [2]);
    expect(last.y.data).toEqual(all.y.data.slice(2 * 784));
    expect(last.parameters.mask.data).toEqual(all.parameters.mask.data.slice(2 * 784));
    expect(firstObservations(all, 2)).toEqual(observationRows(all, [0, 1]));
    expect(firstObservations(all, 9)).toEqual(all);
  });

  it("is checked as a whole", async () => {
    const x = randomSource(1).uniformArray([2, ...image]);
    const all = await observe(box, x, { seed: 5, backend });
    const first = firstObservations(all, 1);
    expect(() => checkObservation(all)).not.toThrow();
    expect(() => checkObservation({ ...all, transposed: first.transposed })).toThrow(/y has 2 samples, A\^T y has 1/);
    expect(() => checkObservation({ ...all, parameters: first.parameters })).toThrow(ShapeError);
    expect(() => checkObservation({ ...all, y: hostFull(all.y.shape, NaN) })).toThrow(/y holds NaN/);
    expect(() => checkObservation({ ...all, transposed: hostFull(all.y.shape, Infinity) })).toThrow(/A\^T y holds/);
    expect(() => checkObservation(x as never)).toThrow(/make it with observe/);
  });
});
