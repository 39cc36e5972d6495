import { describe, expect, it } from "vitest";
import { gradient, hostArray, type HostArray, type NDArray, randomSource, sum } from "../array/index.js";
import { type Backend, compile } from "../compile/index.js";
import { InputError } from "../errors.js";
import { boxInpainting } from "./box-inpainting.js";
import { highDynamicRange } from "./high-dynamic-range.js";
import { type ForwardOperator } from "./operator.js";
import { phaseRetrieval } from "./phase-retrieval.js";

const backends: readonly Backend[] = ["jax", "onnx"];

/** A x, the gradient of the sum of its entries, and A^T A x. */
async function applyOperator(operator: ForwardOperator, x: HostArray, backend: Backend) {
  const [, ...shape] = x.shape;
  const compiled = await compile(
    (image: NDArray) => ({
      forward: operator.forward(image, {}),
      gradient: gradient((input: NDArray) => sum(operator.forward(input, {})))(image),
      back: operator.transpose(operator.forward(image, {}), {}, shape),
    }),
    [x],
    { backend },
  );
  const result = await compiled.run(x);
  await compiled.dispose();
  return result;
}

describe.each(backends)("operators that are not linear, on %s", (backend) => {
  it("high dynamic range doubles and clips, and lets no gradient through where it clips", async () => {
    const x = hostArray([-1, -0.6, -0.4, 0, 0.4, 0.6], [1, 1, 2, 3]);
    const { forward, gradient, back } = await applyOperator(highDynamicRange(), x, backend);
    [-1, -1, -0.8, 0, 0.8, 1].forEach((value, i) => expect(forward.data[i]).toBeCloseTo(value, 6));
    expect([...gradient.data]).toEqual([0, 0, 2, 2, 2, 0]);
    expect(back).toEqual(forward);
  });

  it("phase retrieval keeps the energy and does not see where the image stands", async () => {
    const [first, second] = [new Float32Array(12 * 9).fill(-1), new Float32Array(12 * 9).fill(-1)];
    first.set([0.3, 0.9, -0.2], 5 * 9 + 1);
    second.set([0.3, 0.9, -0.2], 8 * 9 + 4);
    const operator = phaseRetrieval();
    const x = hostArray([...first, ...second], [2, 1, 12, 9]);
    const { forward } = await applyOperator(operator, x, backend);
    expect(forward.shape).toEqual([2, 1, 18, 13]);
    expect(operator.observationShape([1, 12, 9])).toEqual([1, 18, 13]);
    const half = 18 * 13;
    let energy = 0;
    for (let i = 0; i < half; i++) {
      expect(forward.data[half + i]).toBeCloseTo(forward.data[i], 5);
      energy += forward.data[i] ** 2;
    }
    // The transform is unitary, so the sum of the squares of (x + 1) / 2 is preserved.
    expect(energy).toBeCloseTo(0.65 ** 2 + 0.95 ** 2 + 0.4 ** 2, 5);
    // The amplitude at frequency 0 is the sum.
    expect(forward.data[9 * 13 + 6]).toBeCloseTo((0.65 + 0.95 + 0.4) / Math.sqrt(half), 5);
  });

  it("phase retrieval has a finite gradient at amplitude 0, and the right one elsewhere", async () => {
    const black = hostArray(new Float32Array(64).fill(-1), [1, 1, 8, 8]);
    for (const value of (await applyOperator(phaseRetrieval(), black, backend)).gradient.data)
      expect(Number.isFinite(value)).toBe(true);
    const x = randomSource(1).uniformArray([1, 1, 8, 8]);
    const { gradient } = await applyOperator(phaseRetrieval(), x, backend);
    const total = async (pixel: number, by: number): Promise<number> => {
      const moved = hostArray(
        x.data.map((value, i) => (i === pixel ? value + by : value)),
        x.shape,
      );
      const { forward } = await applyOperator(phaseRetrieval(), moved, backend);
      return Float32Array.from(forward.data).reduce((a, b) => a + b, 0);
    };
    for (const pixel of [0, 27]) {
      const difference = ((await total(pixel, 0.01)) - (await total(pixel, -0.01))) / 0.02;
      expect(gradient.data[pixel]).toBeCloseTo(difference, 2);
    }
  });
});

describe("box inpainting", () => {
  const image = [1, 28, 28];

  it.each([
    [4, 25],
    [0, 4],
    [5, 4],
  ])("refuses sides of %i to %i at 28 pixels", (least, greatest) => {
    const draw = (): unknown => boxInpainting({ sides: [least, greatest] }).draw(1, image, randomSource(2));
    expect(draw).toThrow(InputError);
    expect(draw).toThrow("do not fit an image of 28 x 28 pixels with a margin of 2: choose sides between 1 and 24");
  });

  it("takes the largest box that fits", () => {
    const { mask } = boxInpainting({ sides: [24, 24] }).draw(1, image, randomSource(3));
    expect(mask.data.filter((value) => value === 0)).toHaveLength(24 * 24);
    expect([mask.data[2 * 28 + 2], mask.data[1 * 28 + 2], mask.data[25 * 28 + 25], mask.data[26 * 28 + 25]]).toEqual([
      0, 1, 0, 1,
    ]);
  });
});
