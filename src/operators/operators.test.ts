import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dot, relativeError } from "../../test/support/compare.js";
import { applyOperator, backends, mnist, randomInputs, shapeOf, uneven } from "../../test/support/operators.js";
import {
  constant,
  gradient,
  hostArray,
  type HostArray,
  hostZeros,
  matmul,
  mul,
  type NDArray,
  randomSource,
  square,
  sub,
  sum,
  transpose,
} from "../array/index.js";
import { compile } from "../compile/index.js";
import { InputError } from "../errors.js";
import { boxInpainting } from "./box-inpainting.js";
import { gaussianBlur } from "./gaussian-blur.js";
import { highDynamicRange } from "./high-dynamic-range.js";
import { identity } from "./identity.js";
import { motionBlur } from "./motion-blur.js";
import { operator, type OperatorParameters, type TracedParameters } from "./operator.js";
import { phaseRetrieval } from "./phase-retrieval.js";
import { randomInpainting } from "./random-inpainting.js";
import { bicubicReduction, superResolution } from "./super-resolution.js";

const operators = [
  identity(),
  randomInpainting(),
  boxInpainting(),
  boxInpainting({ holes: "noise" }),
  superResolution(),
  gaussianBlur(),
  motionBlur(),
] as const;
describe.each(operators.map((operator) => [operator.name, operator] as const))("%s", (_name, operator) => {
  it.each([mnist, uneven])("keeps its declared shapes on $channels x $height x $width", async (image) => {
    const { x, y, parameters } = randomInputs(operator, image, 1);
    const { forward, transpose } = await applyOperator(operator, x, y, parameters);
    expect(forward.shape).toEqual([2, ...operator.observationShape(shapeOf(image))]);
    expect(transpose.shape).toEqual(x.shape);
  });

  it("draws the same from the same seed, and another for each sample", () => {
    const draw = (seed: number): OperatorParameters => operator.draw(3, shapeOf(mnist), randomSource(seed));
    expect(draw(1)).toEqual(draw(1));
    for (const [name, { shape, data }] of Object.entries(draw(1))) {
      expect(shape[0]).toBe(3);
      const samples = (drawn: HostArray): string[] =>
        [0, 1, 2].map((i) => drawn.data.subarray((i * data.length) / 3, ((i + 1) * data.length) / 3).join());
      expect(new Set([...samples(draw(1)[name]), ...samples(draw(2)[name])]).size).toBe(6);
    }
  });

  it.each(backends)("is linear, and its reverse derivative is its adjoint, on %s", async (backend) => {
    const { x, y, parameters } = randomInputs(operator, mnist, 2);
    const other = randomSource(3, "other").normalArray([...x.shape]);
    const compiled = await compile(
      (image: NDArray, second: NDArray, observation: NDArray, drawn: TracedParameters) => ({
        forward: operator.forward(image, drawn),
        forwardOther: operator.forward(second, drawn),
        combined: operator.forward(sub(image, mul(second, 3)), drawn),
        adjoint: gradient((input: NDArray) => sum(mul(operator.forward(input, drawn), observation)))(image),
      }),
      [x, other, y, parameters],
      { backend },
    );
    const { forward, forwardOther, combined, adjoint } = await compiled.run(x, other, y, parameters);
    await compiled.dispose();
    const expected = forward.data.map((value, i) => value - 3 * forwardOther.data[i]);
    expect(relativeError(combined, { ...forward, data: expected })).toBeLessThan(1e-6);
    // The derivative at x is the adjoint for every image, not for x alone.
    const scale = Math.sqrt(dot(forwardOther, forwardOther) * dot(y, y));
    expect(Math.abs(dot(forwardOther, y) - dot(other, adjoint))).toBeLessThan(1e-4 * scale);
  });
});

it.each(operators.map((operator) => [operator.name, operator] as const))(
  "%s says whether it commutes with shifts away from the border",
  async (_, operator) => {
    const count = 8;
    const { parameters, y } = randomInputs(operator, mnist, 5, count);
    const pattern = randomSource(6).normalArray([4, 4]).data;
    const shifted = async (down: number, right: number) => {
      const x = hostZeros([count, 1, 28, 28]);
      for (let row = 11 + down; row < count * 28; row += 28)
        pattern.forEach((value, i) => (x.data[(row + Math.floor(i / 4)) * 28 + 11 + (i % 4) + right] = value));
      return (await applyOperator(operator, x, y, parameters)).forward;
    };
    const [still, moved] = [await shifted(0, 0), await shifted(1, 2)];
    // The response to the first image, moved by the same offset; zeros enter at the border.
    const expected = hostZeros(still.shape);
    const width = still.shape[3];
    still.data.forEach((value, i) => (expected.data[i + width + 2] = value));
    expect(relativeError(moved, expected) < 1e-5).toBe(operator.shiftInvariant ?? false);
  },
);

describe("transpose", () => {
  const adjoint = operators.filter(({ transposeIsAdjoint }) => transposeIsAdjoint);
  it("is said to be the adjoint of the identity and of the masks", () => {
    expect(adjoint.map(({ name }) => name)).toEqual(["identity", "random-inpainting", "box-inpainting"]);
  });

  it.each(adjoint.map((operator) => [operator.name, operator] as const))(
    "%s: <Ax, y> = <x, A^T y>",
    async (_, operator) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.constantFrom(mnist, uneven), async (seed, image) => {
          const { x, y, parameters } = randomInputs(operator, image, seed);
          const { forward, transpose } = await applyOperator(operator, x, y, parameters);
          const scale = Math.sqrt(dot(x, x) * dot(y, y));
          expect(Math.abs(dot(forward, y) - dot(x, transpose))).toBeLessThan(1e-6 * scale);
        }),
        { numRuns: 6 },
      );
    },
  );

  it("of super-resolution is preceded by Keys' cubic kernel with a = -1/2, stretched by the factor", () => {
    const { data } = bicubicReduction(16, 2);
    // The kernel at 1/4, 3/4, 5/4 and 7/4, halved, so that a row sums to 1.
    const half = [0.43359375, 0.11328125, -0.03515625, -0.01171875];
    const row = [0, 0, 0, ...half.toReversed(), ...half, 0, 0, 0, 0, 0];
    row.forEach((weight, column) => expect(data[3 * 16 + column]).toBeCloseTo(weight, 7));
  });

  it("of super-resolution repeats each pixel and is not the adjoint", async () => {
    const operator = superResolution();
    for (const image of [mnist, uneven]) {
      const { x, y, parameters } = randomInputs(operator, image, 3);
      const { forward, transpose } = await applyOperator(operator, x, y, parameters);
      const [height, width] = [Math.ceil(image.height / 4), Math.ceil(image.width / 4)];
      transpose.data.forEach((value, i) => {
        const [plane, pixel] = [Math.floor(i / (image.height * image.width)), i % (image.height * image.width)];
        const [row, column] = [Math.floor(pixel / image.width / 4), Math.floor((pixel % image.width) / 4)];
        expect(value).toBe(y.data[(plane * height + row) * width + column]);
      });
      expect(Math.abs(dot(forward, y) - dot(x, transpose))).toBeGreaterThan(1);
    }
  });

  it.each([gaussianBlur(), motionBlur()])("of $name is the identity and is not the adjoint", async (operator) => {
    const { x, y, parameters } = randomInputs(operator, uneven, 4);
    const { forward, transpose } = await applyOperator(operator, x, y, parameters);
    expect(transpose).toEqual(y);
    expect(Math.abs(dot(forward, y) - dot(x, transpose))).toBeGreaterThan(1);
  });
});

describe("options", () => {
  it("that make no operator are refused by name", () => {
    expect(() => randomInpainting({ dropRate: [0.7, 0.3] })).toThrow(/random-inpainting: drop rates 0.7 to 0.3/);
    expect(() => randomInpainting({ dropRate: [0, 1.1] })).toThrow(InputError);
    expect(() => superResolution({ factor: 2.5 })).toThrow(
      /super-resolution: factor is 2.5, it has to be a positive integer/,
    );
    expect(() => gaussianBlur({ std: 0 })).toThrow(/gaussian-blur: std is 0, it has to be a positive number/);
    expect(() => motionBlur({ taps: 8 })).toThrow(/motion-blur: taps is 8, it has to be an odd integer/);
    const tooLarge = boxInpainting({ sides: [4, 27] });
    expect(() => tooLarge.draw(1, shapeOf(mnist), randomSource(1))).toThrow(
      /sides 4 to 27 do not fit .* between 1 and 24/,
    );
  });

  it.each<[string, () => unknown]>([
    ["intensity", () => motionBlur({ intensity: NaN })],
    ["intensity", () => motionBlur({ intensity: Infinity })],
    ["taps", () => motionBlur({ taps: 1e9 + 1 })],
    ["std", () => gaussianBlur({ std: NaN })],
    ["std", () => gaussianBlur({ std: 1e9 })],
    ["taps", () => gaussianBlur({ taps: Infinity })],
    ["dropRate", () => randomInpainting({ dropRate: [NaN, 0.5] })],
    ["dropRate", () => randomInpainting({ dropRate: [0.5] as never })],
    ["sides", () => boxInpainting({ sides: [NaN, 4] })],
    ["sides", () => boxInpainting({ sides: [2.5, 4] })],
    ["margin", () => boxInpainting({ margin: -1 })],
    ["margin", () => boxInpainting({ margin: Infinity })],
    ["factor", () => superResolution({ factor: NaN })],
    ["scale", () => highDynamicRange({ scale: -1 })],
    ["scale", () => highDynamicRange({ scale: NaN })],
    ["oversample", () => phaseRetrieval({ oversample: Infinity })],
    ["transposeIsAdjoint", () => operator({ forward: (x) => x, transposeIsAdjoint: 1 as never })],
    ["forward", () => operator({} as never)],
  ])("%s that is no number of its kind is refused: case %#", (name, make) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(name);
  });

  it("that do not exist are refused with the nearest that does", () => {
    expect(() => motionBlur({ intensty: 1 } as never)).toThrow('no option "intensty": did you mean "intensity"?');
    expect(() => highDynamicRange({ brightness: 1 } as never)).toThrow("it takes scale");
  });

  it("that do not fit the image are refused when they are used", () => {
    expect(() => superResolution({ factor: 29 }).observationShape([1, 28, 28])).toThrow(/larger than the image/);
    expect(() => boxInpainting().draw(1, [2], randomSource(1))).toThrow(/observes images \[channels, height, width\]/);
  });
});

describe("an operator of your own", () => {
  const weights = hostArray([1, -2, 3, 0.5, 0.25, -1], [3, 2]);
  // Three linear functions of a point in the plane, multiplied by a number drawn for each sample.
  const own = operator({
    forward: (x, { gain }) => mul(matmul(x, transpose(constant(weights))), gain),
    draw: (count, _shape, random) => ({ gain: random.normalArray([count, 1]) }),
    observationShape: () => [3],
  });

  it.each(backends)("has its adjoint by differentiation, on %s", async (backend) => {
    const random = randomSource(12);
    const [x, y] = [random.normalArray([4, 2]), random.normalArray([4, 3])];
    const parameters = own.draw(4, [2], random);
    const found = await applyOperator(own, x, y, parameters, backend);
    expect(found.transpose.shape).toEqual([4, 2]);
    found.transpose.data.forEach((value, at) => {
      const [row, column] = [Math.floor(at / 2), at % 2];
      const sum = [0, 1, 2].reduce((total, k) => total + weights.data[2 * k + column] * y.data[3 * row + k], 0);
      expect(value).toBeCloseTo(parameters.gain.data[row] * sum, 5);
    });
  });

  it("can be differentiated through its adjoint", async () => {
    const [x, parameters] = [randomSource(3).normalArray([2, 2]), own.draw(2, [2], randomSource(4))];
    const there = (image: NDArray, drawn: TracedParameters): NDArray =>
      sum(square(own.transpose(own.forward(image, drawn), drawn, [2])));
    const compiled = await compile(
      (image: NDArray, drawn: TracedParameters) => ({
        value: there(image, drawn),
        slope: gradient((input: NDArray) => there(input, drawn))(image),
      }),
      [x, parameters],
      { backend: "jax" },
    );
    const at = async (index: number, by: number): Promise<number> => {
      const moved = { ...x, data: x.data.map((value, i) => (i === index ? value + by : value)) as Float32Array };
      return (await compiled.run(moved, parameters)).value.data[0];
    };
    const { slope } = await compiled.run(x, parameters);
    for (const index of [0, 3]) {
      const difference = ((await at(index, 0.01)) - (await at(index, -0.01))) / 0.02;
      expect(Math.abs(slope.data[index] - difference)).toBeLessThan(0.01 * Math.abs(difference) + 0.01);
    }
    await compiled.dispose();
  });

  it("is otherwise what is usual", () => {
    const plain = operator({ forward: (x) => mul(x, 2) });
    expect(plain).toMatchObject({ name: "operator", transposeIsAdjoint: true, shiftInvariant: false });
    expect(plain.draw(3, [1, 2, 2], randomSource(1))).toEqual({});
    expect(plain.observationShape([1, 2, 2])).toEqual([1, 2, 2]);
    expect(operator({ forward: (x) => x, transpose: (y) => y }).transposeIsAdjoint).toBe(false);
  });
});
