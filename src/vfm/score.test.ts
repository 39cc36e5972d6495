import { erf, ndtr, ndtri } from "cephes";
import { describe, expect, it } from "vitest";
import {
  add,
  gradient,
  hostArray,
  type HostArray,
  hostFull,
  mean,
  mul,
  type NDArray,
  randomSource,
  valueAndGradient,
} from "../array/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { ShapeError } from "../errors.js";
import { crps, energyScore as exactEnergyScore } from "../metrics/index.js";
import { batchEnergyScore, energyScore, pixelScore } from "./score.js";

const random = randomSource(3, "score");

/** Value and gradient of a score of the draws location + spread * noise against one truth for all samples. */
async function ofGaussian(
  score: typeof pixelScore,
  { noise, truth, location, spread }: { noise: HostArray; truth: HostArray; location: number; spread: number },
) {
  const fn = (theta: { location: NDArray; spread: NDArray }, eps: NDArray, x: NDArray) =>
    valueAndGradient((of: typeof theta) => [mean(score(add(mul(eps, of.spread), of.location), x)), {}])(theta);
  const result = await evaluate(fn, [{ location: hostFull([], location), spread: hostFull([], spread) }, noise, truth]);
  return {
    value: result.value.data[0],
    location: result.gradient.location.data[0],
    spread: result.gradient.spread.data[0],
  };
}

describe("the scores of Gaussian draws", () => {
  it.each([-1.5, 0, 0.4])("by pixel are the closed form of the CRPS, and so is its gradient (x = %f)", async (x) => {
    // All pairs of midpoints of quantiles: two independent draws without sampling error.
    const cells = 500;
    const quantiles = Array.from({ length: cells }, (_, i) => ndtri((i + 0.5) / cells));
    const [first, second] = [quantiles.flatMap((q) => quantiles.map(() => q)), quantiles.flatMap(() => quantiles)];
    const noise = hostArray([...first, ...second], [2, cells ** 2, 1]);
    const [location, spread] = [0.3, 0.7];
    const result = await ofGaussian(pixelScore, { noise, truth: hostFull([cells ** 2, 1], x), location, spread });
    // Gneiting and Raftery 2007, equation 21.
    const z = (x - location) / spread;
    const density = Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
    const centred = 2 * ndtr(z) - 1;
    expect(result.value).toBeCloseTo(spread * (z * centred + 2 * density - 1 / Math.sqrt(Math.PI)), 3);
    expect(result.location).toBeCloseTo(-centred, 2);
    expect(result.spread).toBeCloseTo(2 * density - 1 / Math.sqrt(Math.PI), 2);
  });

  it.each([0.5, 2])("of whole samples are the closed form in three dimensions, %f deviations away", async (away) => {
    const [count, spread] = [200_000, 0.6];
    const distance = away * spread;
    const noise = random.normalArray([2, count, 3]);
    const truth = hostFull([count, 3], -distance / Math.sqrt(3));
    const result = await ofGaussian(energyScore, { noise, truth, location: 0, spread });
    // The mean of ||N(d e, I)|| in three dimensions, and its derivative with respect to d.
    const [bell, share] = [Math.exp(-(away ** 2) / 2) * Math.sqrt(2 / Math.PI), erf(away / Math.SQRT2)];
    const toTruth = bell + (away + 1 / away) * share;
    const slope = bell / away + (1 - 1 / away ** 2) * share;
    const between = Math.SQRT2 * 2 * Math.sqrt(2 / Math.PI);
    const scale = 1 / Math.sqrt(3);
    // Five standard errors of the mean over the samples.
    const tolerance = (5 * 0.7) / Math.sqrt(count);
    expect(Math.abs(result.value - scale * spread * (toTruth - between / 2))).toBeLessThan(tolerance);
    expect(Math.abs(result.spread - scale * (toTruth - away * slope - between / 2))).toBeLessThan(2 * tolerance);
    expect(Math.abs(result.location - scale * Math.sqrt(3) * slope)).toBeLessThan(2 * tolerance);
  });
});

describe("the scores", () => {
  const [size, width] = [4, 6];
  const x = random.normalArray([size, 2, 3]);
  const row = ({ data }: HostArray, index: number): Float32Array =>
    data.subarray(index * width, (index + 1) * width) as Float32Array;

  it.each([
    [2, "jax"],
    [3, "onnx"],
    [5, "jax"],
  ] as const)("of %i draws equal the fair estimates of the metrics (%s)", async (count, backend) => {
    const draws = random.normalArray([count, size, 2, 3]);
    const scores = (of: NDArray, truth: NDArray) => ({ pixel: pixelScore(of, truth), energy: energyScore(of, truth) });
    const { pixel, energy } = await evaluate(scores, [draws, x], backend);
    for (let i = 0; i < size; i++) {
      const own = Array.from({ length: count }, (_, m) => row(draws, m * size + i));
      const truth = row(x, i);
      const ofPixels = [...truth].map(
        (value, k) =>
          crps(
            own.map((draw) => draw[k]),
            value,
          ).fair / width,
      );
      expect(pixel.data[i]).toBeCloseTo(
        ofPixels.reduce((sum, value) => sum + value, 0),
        5,
      );
      const whole = exactEnergyScore(
        own.flatMap((draw) => [...draw]),
        truth,
      ).fair;
      expect(energy.data[i]).toBeCloseTo(whole / Math.sqrt(width), 5);
    }
  });

  it("of a batch is the mean over pairs of different places", async () => {
    const samples = random.normalArray([size, 2, 3]);
    const distance = (a: HostArray, i: number, b: HostArray, j: number): number =>
      Math.hypot(...row(a, i).map((value, k) => value - row(b, j)[k]));
    let expected = 0;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        if (i !== j)
          expected += (distance(samples, i, x, j) - distance(samples, i, samples, j) / 2) / (size * (size - 1));
    const { data } = await evaluate(batchEnergyScore, [samples, x]);
    expect(data[0]).toBeCloseTo(expected / Math.sqrt(width), 5);
  });

  it.each(["jax", "onnx"] as const)(
    "have no gradient where draws and truth coincide, and a finite one beside (%s)",
    async (backend) => {
      // Sample 0: both draws are the truth. Sample 1: the draws are equal. Sample 2: the first draw is the truth.
      const truth = hostArray([0.5, -1, 2, 3, 0, 0, 1, 1], [4, 2]);
      const draws = hostArray([0.5, -1, 1, 3, 0, 0, 2, -1, 0.5, -1, 1, 3, 3, 4, 1, 3], [2, 4, 2]);
      const slopes = (score: typeof pixelScore) => (of: NDArray, against: NDArray) =>
        gradient((given: NDArray) => mean(score(given, against)))(of);
      const pixel = await evaluate(slopes(pixelScore), [draws, truth], backend);
      const energy = await evaluate(slopes(energyScore), [draws, truth], backend);
      const rows = ({ data }: HostArray, sample: number): number[] =>
        [0, 4].flatMap((m) => [...data.subarray(2 * (m + sample), 2 * (m + sample) + 2)].map((value) => value + 0));
      for (const score of [pixel, energy]) expect(rows(score, 0)).toEqual([0, 0, 0, 0]);
      // The mean over four samples, of (|a - x| + |b - x| - |a - b|) / 2.
      expect(rows(pixel, 1)).toEqual([-1 / 16, 0, -1 / 16, 0]);
      expect(rows(pixel, 2)).toEqual([1 / 16, 1 / 16, 0, 0]);
      const unit = [3 / 5, 4 / 5].map((value) => value / (8 * Math.SQRT2));
      rows(energy, 2).forEach((value, k) => expect(value).toBeCloseTo([...unit, 0, 0][k], 6));

      const same = await evaluate(
        (of: NDArray, against: NDArray) => gradient((given: NDArray) => batchEnergyScore(given, against))(of),
        [hostFull([4, 2], 0.7), hostFull([4, 2], 0.7)],
        backend,
      );
      expect([...same.data].map((value) => value + 0)).toEqual(new Array(8).fill(0));
    },
  );

  it("refuse a single draw and draws of another shape", async () => {
    const draw = random.normalArray([1, size, 2, 3]);
    await expect(evaluate(pixelScore, [draw, x])).rejects.toThrow(ShapeError);
    await expect(evaluate(energyScore, [random.normalArray([2, size, 6]), x])).rejects.toThrow(ShapeError);
    await expect(evaluate(batchEnergyScore, [random.normalArray([1, 3]), random.normalArray([1, 3])])).rejects.toThrow(
      ShapeError,
    );
  });
});
