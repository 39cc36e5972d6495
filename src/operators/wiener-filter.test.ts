import { describe, expect, it } from "vitest";
import { relativeError } from "../../test/support/compare.js";
import { applyOperator, backends, randomInputs, uneven } from "../../test/support/operators.js";
import { type HostArray } from "../array/index.js";
import { type ImageShape, imageShapeOf } from "../data/index.js";
import { InputError } from "../errors.js";
import { motionBlur } from "./motion-blur.js";

/** Complex numbers on a periodic grid of [height, width], row by row. */
interface Grid {
  height: number;
  width: number;
  real: Float64Array;
  imaginary: Float64Array;
}

/** sum_rs g_rs e^(sign 2 pi i (u r / height + v s / width)), sum by sum. */
function fourier({ height, width, real, imaginary }: Grid, sign: 1 | -1): Grid {
  const result = { height, width, real: new Float64Array(real.length), imaginary: new Float64Array(real.length) };
  for (let u = 0; u < height; u++)
    for (let v = 0; v < width; v++)
      for (let r = 0; r < height; r++)
        for (let s = 0; s < width; s++) {
          const [to, from] = [u * width + v, r * width + s];
          const angle = sign * 2 * Math.PI * ((u * r) / height + (v * s) / width);
          const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
          result.real[to] += real[from] * cosine - imaginary[from] * sine;
          result.imaginary[to] += real[from] * sine + imaginary[from] * cosine;
        }
  return result;
}

/** The Wiener filter of one plane, by complex Fourier transforms of its reflected extension. */
function filterDirectly(plane: Float32Array, { height, width }: ImageShape, kernel: Float32Array, sigma: number) {
  const [tall, wide] = [2 * (height - 1), 2 * (width - 1)];
  const taps = Math.sqrt(kernel.length);
  const empty = (): Grid => ({
    height: tall,
    width: wide,
    real: new Float64Array(tall * wide),
    imaginary: new Float64Array(tall * wide),
  });
  const [image, response] = [empty(), empty()];
  for (let r = 0; r < tall; r++)
    for (let s = 0; s < wide; s++)
      image.real[r * wide + s] = plane[Math.min(r, tall - r) * width + Math.min(s, wide - s)];
  const wrap = (index: number, length: number): number => ((index % length) + length) % length;
  for (let i = 0; i < taps; i++)
    for (let j = 0; j < taps; j++)
      response.real[wrap(i - (taps - 1) / 2, tall) * wide + wrap(j - (taps - 1) / 2, wide)] += kernel[i * taps + j];
  const spectrum = fourier(image, -1);
  // A correlation multiplies the wave e^(i theta r) by sum_i k_i e^(i theta i).
  const k = fourier(response, 1);
  for (let u = 0; u < tall; u++)
    for (let v = 0; v < wide; v++) {
      const at = u * wide + v;
      const frequency = (index: number, length: number): number => Math.min(index, length - index) / length;
      const noise = 200 * sigma ** 2 * (frequency(u, tall) ** 2 + frequency(v, wide) ** 2);
      const power = k.real[at] ** 2 + k.imaginary[at] ** 2 + noise;
      const { real, imaginary } = spectrum;
      [real[at], imaginary[at]] = [
        (real[at] * k.real[at] + imaginary[at] * k.imaginary[at]) / power,
        (imaginary[at] * k.real[at] - real[at] * k.imaginary[at]) / power,
      ];
    }
  const back = fourier(spectrum, 1);
  return Float32Array.from({ length: height * width }, (_, at) => {
    const from = Math.floor(at / width) * wide + (at % width);
    return back.real[from] / (tall * wide);
  });
}

function filterEach(y: HostArray, { data }: HostArray, sigma: number): HostArray {
  const image = imageShapeOf(y);
  const [size, taps] = [image.height * image.width, data.length / y.shape[0]];
  const filtered = new Float32Array(y.data.length);
  for (let plane = 0; plane < y.shape[0] * image.channels; plane++) {
    const sample = Math.floor(plane / image.channels);
    const kernel = data.subarray(sample * taps, (sample + 1) * taps) as Float32Array;
    const own = y.data.subarray(plane * size, (plane + 1) * size) as Float32Array;
    filtered.set(filterDirectly(own, image, kernel, sigma), plane * size);
  }
  return { shape: y.shape, data: filtered };
}

describe("the Wiener filter of motion blur", () => {
  it.each(backends)("is that of complex Fourier transforms, on %s", async (backend) => {
    const sigma = 0.2;
    const operator = motionBlur({ taps: 5, wiener: sigma });
    const { x, y, parameters } = randomInputs(operator, { channels: 2, height: 7, width: 10 }, 5, 2);
    const { transpose } = await applyOperator(operator, x, y, parameters, backend);
    expect(relativeError(transpose, filterEach(y, parameters.kernel, sigma))).toBeLessThan(1e-5);
  });

  it("undoes a shift of an image that is the same around its border", async () => {
    const operator = motionBlur({ taps: 7, wiener: 1e-4 });
    const { x } = randomInputs(operator, { channels: 1, height: 17, width: 15 }, 1);
    const kernel = { shape: [x.shape[0], 7, 7], data: new Float32Array(x.shape[0] * 49) };
    // Two rows down, one column to the left.
    for (let sample = 0; sample < x.shape[0]; sample++) kernel.data[sample * 49 + 5 * 7 + 2] = 1;
    const inside = (at: number): boolean => {
      const [row, column] = [Math.floor(at / 15) % 17, at % 15];
      return row > 3 && row < 13 && column > 3 && column < 11;
    };
    const image = { shape: x.shape, data: x.data.map((value, at) => (inside(at) ? value : 0)) as Float32Array };
    const { forward: y } = await applyOperator(operator, image, image, { kernel });
    const { transpose } = await applyOperator(operator, image, y, { kernel });
    const within = (array: HostArray): HostArray => ({
      ...array,
      data: Float32Array.from(array.data).map((value, at) => (inside(at) ? value : 0)),
    });
    expect(relativeError(within(y), image)).toBeGreaterThan(0.5);
    expect(relativeError(within(transpose), image)).toBeLessThan(1e-3);
  });

  it("keeps a constant image", async () => {
    const operator = motionBlur({ wiener: 0.1 });
    const { y, parameters } = randomInputs(operator, uneven, 3);
    const grey = { shape: y.shape, data: new Float32Array(y.data.length).fill(0.3) };
    const { transpose } = await applyOperator(operator, grey, grey, parameters);
    expect(relativeError(transpose, grey)).toBeLessThan(1e-5);
  });

  it("needs a positive sigma, and is not the adjoint", () => {
    expect(() => motionBlur({ wiener: 0 })).toThrow(InputError);
    expect(motionBlur({ wiener: 0.1 })).toMatchObject({ transposeIsAdjoint: false, transposeNeedsParameters: true });
    expect(motionBlur().transposeNeedsParameters).toBeUndefined();
  });
});
