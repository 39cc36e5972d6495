import { describe, expect, it } from "vitest";
import { applyOperator, randomInputs, uneven } from "../../test/support/operators.js";
import { relativeError } from "../../test/support/compare.js";
import { evaluate } from "../../test/support/evaluate.js";
import { hostArray, type HostArray, mul, type NDArray, randomSource } from "../array/index.js";
import { boxInpainting } from "./box-inpainting.js";
import { gaussianNoise, observedCounts } from "./observation-model.js";
import { observationOf, observe } from "./observe.js";
import { operator, type TracedParameters } from "./operator.js";
import { problem } from "./problem.js";
import { randomInpainting } from "./random-inpainting.js";

it("what a measurement has in holes where nothing was observed is ignored", async () => {
  const masking = operator({
    observedMask: "mask",
    forward: (x, { mask }) => mul(x, mask),
    draw: (count) => ({ mask: hostArray(new Float32Array(2 * count).fill(1), [count, 2]) }),
  });
  const parameters = { mask: hostArray([1, 0, 1, 1], [2, 2]) };
  const measured = hostArray([5, 6, 7, 8], [2, 2]);
  const options = { parameters, image: [2], backend: "jax" as const };
  const found = await observationOf(problem("masked", gaussianNoise(masking, 0.1)), measured, options);
  expect(found.y).toEqual(hostArray([5, 0, 7, 8], [2, 2]));
});

describe("holes that hold noise, as published", () => {
  it.each([randomInpainting({ holes: "noise" }), boxInpainting({ holes: "noise" })])(
    "y is m x + sigma eps everywhere, A^T y is y, and the likelihood counts every entry: $name",
    async (operator) => {
      const sigma = 0.05;
      const model = gaussianNoise(operator, sigma);
      const random = randomSource(12);
      const x = random.normalArray([2, 3, 28, 28]);
      const eps = model.drawNoise(x.shape, random);
      const parameters = operator.draw(2, [3, 28, 28], random);
      const result = await evaluate(
        (x: NDArray, eps: NDArray, drawn: TracedParameters) => {
          const y = model.observe(x, eps, drawn);
          return {
            y,
            transposed: operator.transpose(y, drawn, [3, 28, 28]),
            logLikelihood: model.logLikelihood(y, x, drawn),
          };
        },
        [x, eps, parameters],
      );
      const area = 28 * 28;
      const y = x.data.map((value, i) => {
        const pixel = Math.floor(i / (3 * area)) * area + (i % area);
        return parameters.mask.data[pixel] * value + sigma * eps.data[i];
      });
      expect(relativeError(result.y, { shape: x.shape, data: y })).toBeLessThan(1e-6);
      expect(result.transposed).toEqual(result.y);
      [0, 1].forEach((sample) => {
        let expected = 0;
        for (const e of eps.data.slice(sample * 3 * area, (sample + 1) * 3 * area)) expected -= e ** 2 / 2;
        expect(result.logLikelihood.data[sample] / expected).toBeCloseTo(1, 4);
      });
      expect(observedCounts(operator, 2, [3, 28, 28], parameters)).toEqual([3 * area, 3 * area]);
    },
  );

  it("fills every entry that a mask of rows leaves out", async () => {
    const rows = operator({
      noiseMask: "mask",
      draw: (count) => ({
        mask: hostArray(
          new Float32Array(count * 8).map((_, i) => (i % 8 < 4 ? 1 : 0)),
          [count, 1, 8, 1],
        ),
      }),
      forward: (x, { mask }) => mul(x, mask),
      transpose: (y) => y,
    });
    const own = problem("rows", gaussianNoise(rows, 0.05));
    const image = [1, 8, 6];
    const measured = hostArray(
      new Float32Array(2 * 48).map((_, i) => (i % 48 < 24 ? 0.5 : 0)),
      [2, ...image],
    );
    const { y } = await observationOf(own, measured, { parameters: rows.draw(2, image, randomSource(1)), image });
    y.data.forEach((value, i) => expect(value === measured.data[i]).toBe(i % 48 < 24));
  });

  it("a measured y that is 0 in the holes gets noise there, one that has some keeps it", async () => {
    const sigma = 0.05;
    const hidden = problem("hidden", gaussianNoise(randomInpainting({ holes: "noise" }), sigma));
    const image = [3, 28, 28];
    const made = await observe(hidden, randomSource(13).normalArray([2, ...image]), { seed: 1 });
    const { mask } = made.parameters;
    const area = 28 * 28;
    const isHole = (i: number): boolean => mask.data[Math.floor(i / (3 * area)) * area + (i % area)] === 0;
    const options = { parameters: made.parameters, image };
    expect(await observationOf(hidden, made.y, options)).toEqual(made);
    const empty = hostArray(
      made.y.data.map((value, i) => (isHole(i) ? 0 : value)),
      made.y.shape,
    );
    const { y, transposed } = await observationOf(hidden, empty, options);
    expect(transposed).toEqual(y);
    let [squares, holes] = [0, 0];
    y.data.forEach((value, i) => {
      if (!isHole(i)) expect(value).toBe(made.y.data[i]);
      else [squares, holes] = [squares + value ** 2, holes + 1];
    });
    // There are some 2350 numbers: the standard error of their root mean square is 1.5 %.
    expect(Math.sqrt(squares / holes) / sigma).toBeCloseTo(1, 1);
    const zero = problem("hidden", gaussianNoise(randomInpainting(), sigma));
    expect((await observationOf(zero, empty, options)).y).toEqual(empty);
  });
});

describe("masks", () => {
  const sampleMask = (mask: HostArray, i: number): Float32Array | Int32Array => {
    const size = mask.data.length / mask.shape[0];
    return mask.data.subarray(i * size, (i + 1) * size);
  };

  it("random inpainting drops 30 to 70 % of the pixels, the rate uniform, the places uniform", () => {
    const count = 400;
    const { mask } = randomInpainting().draw(count, [1, 28, 28], randomSource(10));
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
    const mean = rates.reduce((a, b) => a + b) / count;
    expect(mean).toBeCloseTo(0.5, 1);
    // Standard deviation of a uniform rate: 0.4 / sqrt(12) = 0.115. That of 400 rates has the standard error 0.0026.
    const deviation = Math.sqrt(rates.reduce((total, rate) => total + (rate - mean) ** 2, 0) / count);
    expect(Math.abs(deviation - 0.4 / Math.sqrt(12))).toBeLessThan(0.012);
    // Every pixel is dropped in about half of the samples; the standard error is 0.025 for each of the 784 pixels.
    for (let pixel = 0; pixel < 784; pixel++) {
      let dropped = 0;
      for (let i = 0; i < count; i++) dropped += 1 - sampleMask(mask, i)[pixel];
      expect(Math.abs(dropped / count - 0.5)).toBeLessThan(0.15);
    }
    expect(
      randomInpainting({ dropRate: [0.25, 0.25] })
        .draw(1, [1, 28, 28], randomSource(1))
        .mask.data.filter((v) => v === 0),
    ).toHaveLength(196);
  });

  it.each([
    [28, 4, 14, 2],
    [64, 8, 32, 4],
  ])("box inpainting at %i pixels drops one box with sides %i to %i and margin %i", (size, least, greatest, margin) => {
    const count = 600;
    const { mask } = boxInpainting().draw(count, [3, size, size], randomSource(11));
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
