import { checkPositive, checkSameLength, type Numbers } from "./arrays.js";

/**
 * Mean squared error over all entries.
 *
 * @throws ShapeError if the lengths differ
 * @throws InputError if a value is not finite
 * @example
 * meanSquaredError([1, 2], [1, 4]); // 2
 */
export function meanSquaredError(image: Numbers, truth: Numbers): number {
  checkSameLength(image, truth, "mean squared error");
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += (image[i] - truth[i]) ** 2;
  return sum / image.length;
}

/**
 * Peak signal-to-noise ratio, 10 log10(range^2 / MSE), in decibels; infinite for equal images.
 *
 * @param range difference of the largest and the smallest possible value: 2 for images in [-1, 1]
 * @throws ShapeError if the lengths differ
 * @throws InputError if a value is not finite or the range is not positive
 * @example
 * psnr([0, 0.2], [0, 0]); // 23 dB
 */
export function psnr(image: Numbers, truth: Numbers, range = 2): number {
  checkPositive(range, "psnr: the range");
  return 10 * Math.log10(range ** 2 / meanSquaredError(image, truth));
}
