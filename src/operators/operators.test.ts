import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dot, relativeError } from "../../test/support/compare.js";
import { gradient, hostArray, type HostArray, hostFull, mul, type NDArray, randomSource, sum } from "../array/index.js";
import { type Backend, compile } from "../compile/index.js";
import { batchShape, imageShapeOf, type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { boxInpainting } from "./box-inpainting.js";
import { gaussianBlur } from "./gaussian-blur.js";
import { identity } from "./identity.js";
import { motionBlur } from "./motion-blur.js";
import { type ForwardOperator, type OperatorParameters, type TracedParameters } from "./operator.js";
import { randomInpainting } from "./random-inpainting.js";
import { superResolution } from "./super-resolution.js";

const operators = [
  identity(),
  randomInpainting(),
  boxInpainting(),
  superResolution(),
  gaussianBlur(),
  motionBlur(),
] as const;
const backends: readonly Backend[] = ["jax", "onnx"];
const mnist: ImageShape = { channels: 1, height: 28, width: 28 };
const uneven: ImageShape = { channels: 3, height: 18, width: 25 };

/** A x and A^T y by one of the engines. */
async function applyOperator(
  operator: ForwardOperator,
  x: HostArray,
  y: HostArray,
  parameters: OperatorParameters,
  backend: Backend = "jax",
): Promise<{ forward: HostArray; transpose: HostArray }> {
  const compiled = await compile(
    (image: NDArray, observation: NDArray, drawn: TracedParameters) => ({
      forward: operator.forward(image, drawn),
      transpose: operator.transpose(observation, drawn, imageShapeOf(x)),
    }),
    [x, y, parameters],
    { backend },
  );
  const result = await compiled.run(x, y, parameters);
  await compiled.dispose();
  return result;
}

/** Random x, y and parameters for a batch of images. */
function randomInputs(operator: ForwardOperator, image: ImageShape, seed: number, count = 2) {
  const random = randomSource(seed, operator.name);
  return {
    x: random.normalArray(batchShape(count, image)),
    y: random.normalArray([count, ...operator.observationShape(image)]),
    parameters: operator.draw(count, image, random),
  };
}

describe.each(operators.map((operator) => [operator.name, operator] as const))("%s", (_name, operator) => {
  it.each([mnist, uneven])("keeps its declared shapes on $channels x $height x $width", async (image) => {
    const { x, y, parameters } = randomInputs(operator, image, 1);
    const { forward, transpose } = await applyOperator(operator, x, y, parameters);
    expect(forward.shape).toEqual([2, ...operator.observationShape(image)]);
    expect(transpose.shape).toEqual(x.shape);
  });

  it("draws the same from the same seed, and another for each sample", () => {
    const draw = (seed: number): OperatorParameters => operator.draw(3, mnist, randomSource(seed));
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
    const compiled = await compile(
      (image: NDArray, observation: NDArray, drawn: TracedParameters) => ({
        forward: operator.forward(image, drawn),
        doubled: operator.forward(mul(image, 2), drawn),
        adjoint: gradient((input: NDArray) => sum(mul(operator.forward(input, drawn), observation)))(image),
      }),
      [x, y, parameters],
      { backend },
    );
    const { forward, doubled, adjoint } = await compiled.run(x, y, parameters);
    await compiled.dispose();
    expect(relativeError(doubled, { ...forward, data: forward.data.map((value) => 2 * value) })).toBeLessThan(1e-6);
    const product = dot(forward, y);
    expect(Math.abs(product - dot(x, adjoint))).toBeLessThan(1e-4 * Math.sqrt(dot(forward, forward) * dot(y, y)));
  });
});

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

/** Correlation of reflect-padded images with a kernel a sample, tap by tap. */
function correlateDirectly(x: HostArray, kernels: (sample: number) => Float32Array, taps: number): HostArray {
  const { channels, height, width } = imageShapeOf(x);
  const reflect = (i: number, length: number): number => (i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i);
  const data = new Float32Array(x.data.length);
  for (let plane = 0; plane < x.shape[0] * channels; plane++) {
    const kernel = kernels(Math.floor(plane / channels));
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let total = 0;
        for (let i = 0; i < taps; i++)
          for (let j = 0; j < taps; j++) {
            const from =
              reflect(row + i - (taps - 1) / 2, height) * width + reflect(column + j - (taps - 1) / 2, width);
            total += kernel[i * taps + j] * x.data[plane * height * width + from];
          }
        data[(plane * height + row) * width + column] = total;
      }
  }
  return { shape: x.shape, data };
}

describe("blurs", () => {
  it.each(backends)("motion blur correlates each sample with a kernel of its own, on %s", async (backend) => {
    const operator = motionBlur({ taps: 7 });
    const { x, y, parameters } = randomInputs(operator, uneven, 5, 3);
    const { forward } = await applyOperator(operator, x, y, parameters, backend);
    const expected = correlateDirectly(
      x,
      (i) => parameters.kernel.data.subarray(49 * i, 49 * (i + 1)) as Float32Array,
      7,
    );
    expect(relativeError(forward, expected)).toBeLessThan(2e-6);
  });

  it("Gaussian blur is the correlation with the sampled Gaussian, cut at four standard deviations", async () => {
    const operator = gaussianBlur({ std: 1.5 });
    const { x, y, parameters } = randomInputs(operator, uneven, 6);
    const { forward } = await applyOperator(operator, x, y, parameters);
    const axis = Array.from({ length: 13 }, (_, i) => Math.exp(-((i - 6) ** 2) / 4.5));
    const total = axis.reduce((a, b) => a + b) ** 2;
    const kernel = Float32Array.from({ length: 169 }, (_, i) => (axis[Math.floor(i / 13)] * axis[i % 13]) / total);
    expect(
      relativeError(
        forward,
        correlateDirectly(x, () => kernel, 13),
      ),
    ).toBeLessThan(2e-6);
  });

  it("Gaussian blur is two pixels wide at 28 pixels and three at 256", async () => {
    for (const [size, std] of [
      [28, 2],
      [256, 3],
    ]) {
      const image = { channels: 1, height: size, width: size };
      const { x, y } = randomInputs(identity(), image, 7, 1);
      const byDefault = await applyOperator(gaussianBlur(), x, y, {});
      expect(byDefault.forward).toEqual((await applyOperator(gaussianBlur({ std }), x, y, {})).forward);
    }
  });

  it.each([superResolution(), gaussianBlur(), motionBlur()])("$name keeps a constant image", async (operator) => {
    const { y, parameters } = randomInputs(operator, uneven, 8);
    const { forward } = await applyOperator(operator, hostFull(batchShape(2, uneven), 0.75), y, parameters);
    for (const value of forward.data) expect(value).toBeCloseTo(0.75, 5);
  });

  it("draws kernels of the declared side that sum to one, none negative, centred on their mass", () => {
    for (const [size, taps] of [
      [256, 61],
      [64, 17],
      [28, 9],
      [4, 3],
    ]) {
      const { kernel } = motionBlur().draw(50, { channels: 1, height: size, width: size }, randomSource(size));
      expect(kernel.shape).toEqual([50, taps, taps]);
      for (let i = 0; i < 50; i++) {
        const values = kernel.data.subarray(i * taps * taps, (i + 1) * taps * taps);
        let [mass, rowMoment, columnMoment] = [0, 0, 0];
        values.forEach((value, j) => {
          mass += value;
          rowMoment += value * Math.floor(j / taps);
          columnMoment += value * (j % taps);
        });
        expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
        expect(mass).toBeCloseTo(1, 5);
        expect(rowMoment).toBeCloseTo((taps - 1) / 2, 3);
        expect(columnMoment).toBeCloseTo((taps - 1) / 2, 3);
      }
    }
  });

  it("draws straight lines without intensity, and bent ones with it", () => {
    // The smaller eigenvalue of the kernel's covariance: 0 for a line but for the spreading over neighbouring taps.
    const thickness = (intensity: number): number => {
      const { kernel } = motionBlur({ taps: 61, intensity }).draw(100, mnist, randomSource(9));
      let total = 0;
      for (let i = 0; i < 100; i++) {
        let [xx, xy, yy] = [0, 0, 0];
        for (let j = 0; j < 61 * 61; j++) {
          const [weight, x, y] = [kernel.data[i * 61 * 61 + j], (j % 61) - 30, Math.floor(j / 61) - 30];
          [xx, xy, yy] = [xx + weight * x * x, xy + weight * x * y, yy + weight * y * y];
        }
        total += (xx + yy - Math.hypot(xx - yy, 2 * xy)) / 2;
      }
      return total / 100;
    };
    expect(thickness(0)).toBeLessThan(0.3);
    expect(thickness(0.5)).toBeGreaterThan(1);
  });
});

describe("masks", () => {
  const sampleMask = (mask: HostArray, i: number): Float32Array | Int32Array => {
    const size = mask.data.length / mask.shape[0];
    return mask.data.subarray(i * size, (i + 1) * size);
  };

  it("random inpainting drops 30 to 70 % of the pixels, the rate uniform, the places uniform", () => {
    const count = 400;
    const { mask } = randomInpainting().draw(count, mnist, randomSource(10));
    const rates = Array.from(
      { length: count },
      (_, i) => sampleMask(mask, i).filter((value) => value === 0).length / 784,
    );
    expect(new Set(mask.data)).toEqual(new Set([0, 1]));
    expect(Math.min(...rates)).toBeGreaterThan(0.298);
    expect(Math.max(...rates)).toBeLessThanOrEqual(0.7);
    expect(Math.min(...rates)).toBeLessThan(0.31);
    expect(Math.max(...rates)).toBeGreaterThan(0.69);
    // Mean 0.5, standard error 0.4 / sqrt(12 * 400) = 0.006.
    expect(rates.reduce((a, b) => a + b) / count).toBeCloseTo(0.5, 1);
    // Every pixel is dropped in about half the samples: standard error 0.025 each, 784 pixels.
    for (let pixel = 0; pixel < 784; pixel++) {
      let dropped = 0;
      for (let i = 0; i < count; i++) dropped += 1 - sampleMask(mask, i)[pixel];
      expect(Math.abs(dropped / count - 0.5)).toBeLessThan(0.15);
    }
    expect(
      randomInpainting({ dropRate: [0.25, 0.25] })
        .draw(1, mnist, randomSource(1))
        .mask.data.filter((v) => v === 0),
    ).toHaveLength(196);
  });

  it.each([
    [28, 4, 14, 2],
    [64, 8, 32, 4],
  ])("box inpainting at %i pixels drops one box with sides %i to %i and margin %i", (size, least, greatest, margin) => {
    const count = 600;
    const { mask } = boxInpainting().draw(count, { channels: 3, height: size, width: size }, randomSource(11));
    const seen = { sides: new Set<number>(), starts: new Set<number>(), ends: new Set<number>() };
    for (let i = 0; i < count; i++) {
      const dropped = [...sampleMask(mask, i).entries()].filter(([, value]) => value === 0).map(([pixel]) => pixel);
      const rows = dropped.map((pixel) => Math.floor(pixel / size));
      const columns = dropped.map((pixel) => pixel % size);
      const range = (values: number[]): [number, number] => [
        values.reduce((a, b) => Math.min(a, b)),
        values.reduce((a, b) => Math.max(a, b)),
      ];
      const [[top, bottom], [left, right]] = [range(rows), range(columns)];
      expect(dropped).toHaveLength((bottom - top + 1) * (right - left + 1));
      for (const [start, end] of [
        [top, bottom],
        [left, right],
      ]) {
        seen.sides.add(end - start + 1);
        seen.starts.add(start);
        seen.ends.add(end);
      }
    }
    expect(Math.min(...seen.sides)).toBe(least);
    expect(Math.max(...seen.sides)).toBe(greatest);
    expect(Math.min(...seen.starts)).toBe(margin);
    expect(Math.max(...seen.ends)).toBe(size - margin - 1);
  });

  it("is shared by the channels, and y is 0 where it is", async () => {
    const operator = boxInpainting();
    const { x, y, parameters } = randomInputs(operator, uneven, 12);
    const { forward } = await applyOperator(operator, x, y, parameters);
    const area = uneven.height * uneven.width;
    forward.data.forEach((value, i) => {
      const kept = parameters.mask.data[Math.floor(i / (3 * area)) * area + (i % area)];
      expect(value).toBe(kept === 1 ? x.data[i] : x.data[i] * 0);
    });
    expect(hostArray(parameters.mask.data, [2, 1, 18, 25])).toEqual(parameters.mask);
  });
});

describe("options", () => {
  it("that make no operator are refused by name", () => {
    expect(() => randomInpainting({ dropRate: [0.7, 0.3] })).toThrow(/random-inpainting: drop rates 0.7 to 0.3/);
    expect(() => randomInpainting({ dropRate: [0, 1.1] })).toThrow(InputError);
    expect(() => superResolution({ factor: 2.5 })).toThrow(/super-resolution: the factor is 2.5/);
    expect(() => gaussianBlur({ std: 0 })).toThrow(/gaussian-blur: the standard deviation is 0/);
    expect(() => motionBlur({ taps: 8 })).toThrow(/motion-blur: the kernel has 8 taps/);
    const tooLarge = boxInpainting({ sides: [4, 27] });
    expect(() => tooLarge.draw(1, mnist, randomSource(1))).toThrow(/sides 4 to 27 do not fit .* between 1 and 24/);
  });
});
