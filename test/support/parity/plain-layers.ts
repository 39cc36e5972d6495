import { hostArray, type HostArray } from "../../../src/array/index.js";

// Layers and operators as plain loops, to check the checks with: nothing here uses the library's own.

/** Convolution with zero padding (side - 1) / 2. x: [B, C, H, W], weight: [O, C, side, side], bias: [O]. */
export function plainConvolution(x: HostArray, weight: HostArray, bias: HostArray): HostArray {
  const [count, channels, height, width] = x.shape;
  const [outputs, , side] = weight.shape;
  const radius = (side - 1) / 2;
  const y = new Float32Array(count * outputs * height * width);
  const at = (b: number, c: number, i: number, j: number): number =>
    i < 0 || j < 0 || i >= height || j >= width ? 0 : x.data[((b * channels + c) * height + i) * width + j];
  for (let b = 0; b < count; b++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++) {
          let sum = bias.data[o];
          for (let c = 0; c < channels; c++)
            for (let k = 0; k < side; k++)
              for (let l = 0; l < side; l++)
                sum +=
                  weight.data[((o * channels + c) * side + k) * side + l] * at(b, c, i + k - radius, j + l - radius);
          y[((b * outputs + o) * height + i) * width + j] = sum;
        }
  return hostArray(y, [count, outputs, height, width]);
}

/** Group normalisation with gain and offset. x: [B, C, H, W]. */
export function plainGroupNorm(x: HostArray, groups: number, gain: HostArray, offset: HostArray): HostArray {
  const [count, channels, height, width] = x.shape;
  const [area, size] = [height * width, (channels / groups) * height * width];
  const y = new Float32Array(x.data.length);
  for (let part = 0; part < count * groups; part++) {
    const values = x.data.slice(part * size, (part + 1) * size);
    let [mean, variance] = [0, 0];
    for (const value of values) mean += value / size;
    for (const value of values) variance += (value - mean) ** 2 / size;
    values.forEach((value, k) => {
      const i = part * size + k;
      const channel = Math.floor(i / area) % channels;
      y[i] = ((value - mean) / Math.sqrt(variance + 1e-5)) * gain.data[channel] + offset.data[channel];
    });
  }
  return hostArray(y, x.shape);
}

/** Gains and offsets W embedding + b of each channel, applied to x: [B, C, H, W]; embedding: [B, E]. */
export function plainFilm(x: HostArray, embedding: HostArray, weight: HostArray, bias: HostArray): HostArray {
  const [, channels, height, width] = x.shape;
  const size = embedding.shape[1];
  const row = (b: number, o: number): number => {
    let sum = bias.data[o];
    for (let k = 0; k < size; k++) sum += weight.data[o * size + k] * embedding.data[b * size + k];
    return sum;
  };
  const y = new Float32Array(x.data.length);
  x.data.forEach((value, i) => {
    const channel = Math.floor(i / (height * width));
    const [b, c] = [Math.floor(channel / channels), channel % channels];
    y[i] = row(b, c) * value + row(b, channels + c);
  });
  return hostArray(y, x.shape);
}

/** x / (1 + e^-x). */
export function plainSilu({ shape, data }: HostArray): HostArray {
  return hostArray(
    data.map((x) => x / (1 + Math.exp(-x))),
    shape,
  );
}

/** Cross-correlation of images [1, C, H, W] with one kernel [side, side], reflected without the border pixels. */
export function plainBlur({ shape, data }: HostArray, kernel: HostArray): HostArray {
  const [, , height, width] = shape;
  const side = kernel.shape[kernel.shape.length - 1];
  const radius = (side - 1) / 2;
  const reflect = (i: number, length: number): number => (i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i);
  const blurred = data.map((_, index) => {
    const channel = Math.floor(index / (height * width));
    const [i, j] = [Math.floor(index / width) % height, index % width];
    let sum = 0;
    for (let k = 0; k < side; k++)
      for (let l = 0; l < side; l++) {
        const [row, column] = [reflect(i + k - radius, height), reflect(j + l - radius, width)];
        sum += kernel.data[k * side + l] * data[(channel * height + row) * width + column];
      }
    return sum;
  });
  return hostArray(blurred, shape);
}
