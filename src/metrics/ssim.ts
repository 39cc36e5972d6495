import { InputError, ShapeError } from "../errors.js";
import { checkEntries, finiteNumber, positiveInteger } from "../options.js";
import { checkSameLength, type Numbers } from "./arrays.js";

const windowSize = 11;
const deviation = 1.5;

/** The shape of an image, row-major. */
export interface ImageSize {
  channels: number;
  height: number;
  width: number;
}

/** The least and the greatest value of images. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

const [c1, c2] = [0.01 ** 2, 0.03 ** 2];

/**
 * Structural similarity (Wang et al. 2004) of images scaled to [0, 1], averaged over all windows that lie completely in
 * the image, and over channels:
 *
 *     SSIM = (2 m_a m_b + c1) (2 s_ab + c2) / ((m_a^2 + m_b^2 + c1) (s_a^2 + s_b^2 + c2))
 *
 * with moments under a Gaussian window of 11 taps and standard deviation 1.5, c1 = 0.01^2, c2 = 0.03^2. In an image smaller
 * than the window, the window is the largest odd one that fits.
 *
 * @param a image [channels, height, width]
 * @param b the image to compare it with
 * @param range the range of the images' values. Default: [-1, 1]. SSIM is not invariant to a shift of the values, so
 *   images in [-1, 1] are first scaled to [0, 1], as is usual
 * @returns a number in [-1, 1], 1 for equal images
 * @throws ShapeError if an image does not have this size
 * @throws InputError if a value is not finite or the range is empty
 * @example
 * ssim(images.data.subarray(0, 784), truth, { channels: 1, height: 28, width: 28 });
 */
export function ssim(a: Numbers, b: Numbers, size: ImageSize, range: ValueRange = { low: -1, high: 1 }): number {
  checkEntries("ssim", "size", size, { channels: positiveInteger, height: positiveInteger, width: positiveInteger });
  checkEntries("ssim", "range", range, { low: finiteNumber, high: finiteNumber });
  const { channels, height, width } = size;
  checkSameLength(a, b, "ssim");
  if (a.length !== channels * height * width)
    throw new ShapeError(`ssim: ${a.length} values are not an image of ${channels} x ${height} x ${width}`);
  const taps = gaussianTaps(Math.min(windowSize, largestOdd(height), largestOdd(width)));
  const { low, high } = range;
  if (!(high > low)) throw new InputError(`ssim: values from ${low} to ${high} are not a range: give low below high`);
  const scaled = (values: Numbers, i: number): number => (values[i] - low) / (high - low);
  const plane = height * width;
  let total = 0;
  let count = 0;
  for (let channel = 0; channel < channels; channel++) {
    const moment = (value: (i: number) => number): Float64Array =>
      smooth(
        new Float64Array(plane).map((_, i) => value(channel * plane + i)),
        height,
        width,
        taps,
      );
    const meanA = moment((i) => scaled(a, i));
    const meanB = moment((i) => scaled(b, i));
    const squareA = moment((i) => scaled(a, i) ** 2);
    const squareB = moment((i) => scaled(b, i) ** 2);
    const product = moment((i) => scaled(a, i) * scaled(b, i));
    for (let i = 0; i < meanA.length; i++) {
      const [mA, mB] = [meanA[i], meanB[i]];
      const luminance = (2 * mA * mB + c1) / (mA ** 2 + mB ** 2 + c1);
      const covariance = product[i] - mA * mB;
      const variances = squareA[i] - mA ** 2 + (squareB[i] - mB ** 2);
      total += (luminance * (2 * covariance + c2)) / (variances + c2);
    }
    count += meanA.length;
  }
  return total / count;
}

function largestOdd(length: number): number {
  return length % 2 === 1 ? length : length - 1;
}

function gaussianTaps(size: number): Float64Array {
  const taps = Float64Array.from({ length: size }, (_, i) => Math.exp(-(((i - (size - 1) / 2) / deviation) ** 2) / 2));
  const sum = taps.reduce((total, tap) => total + tap);
  return taps.map((tap) => tap / sum);
}

/**
 * Separable filter over the windows that lie completely in the plane: [height, width] -> [height - n + 1, width - n
 * + 1].
 */
function smooth(plane: Float64Array, height: number, width: number, taps: Float64Array): Float64Array {
  const [rows, columns] = [height - taps.length + 1, width - taps.length + 1];
  const across = new Float64Array(height * columns);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < columns; column++)
      across[row * columns + column] = weighted(plane, row * width + column, 1, taps);
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[row * columns + column] = weighted(across, row * columns + column, columns, taps);
  return result;
}

function weighted(values: Float64Array, start: number, stride: number, taps: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < taps.length; k++) sum += taps[k] * values[start + k * stride];
  return sum;
}
