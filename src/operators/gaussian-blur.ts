import { type HostArray } from "../array/index.js";
import { imageShapeOf, type ImageShape } from "../data/index.js";
import { checkOptions, positiveNumber } from "../options.js";
import { applyAlongAxes, axisMatrix, mirrorIndex, reflectIndex } from "./axis-matrix.js";
import { oddTaps } from "./kernel-taps.js";
import { type ForwardOperator, lengthScale, sameShape } from "./operator.js";

/** Options of `gaussianBlur`. */
export interface GaussianBlurOptions {
  /** Standard deviation of the kernel in pixels. Default: 3 at 256 pixels, scaled, but at least 2. */
  std?: number | undefined;
  /** The kernel's side in pixels, odd. Default: 4 standard deviations on each side. */
  taps?: number | undefined;
}

const publishedStd = 3;
// Scaled to 28 pixels, the published blur would be 0.3 pixels wide, which is no blur. With two pixels the problem is
// still worth solving.
const leastStd = 2;
// The published kernel has 61 taps; those beyond four standard deviations (12 pixels) are zero.
const reach = 4;
// In pixels. A wider blur turns any image into one grey.
const mostStd = 1000;

/**
 * Gaussian blur with reflect padding: A x = rows x columns^T, where the matrices include the padding. The kernel
 * reaches 4 standard deviations (25 non-zero taps at 3 pixels, 17 at 2), but not farther than the reflected image.
 *
 * `transpose` is NOT the adjoint: it is the identity, as published, because the blurred image is already an image. (The
 * adjoint differs only near the border, where reflect padding makes the matrices unsymmetric.) Source: the VFM paper's
 * image experiments (61 taps, standard deviation 3 at 256 pixels).
 *
 * @throws InputError if `std` is not a positive number, or `taps` not a positive odd integer
 * @example
 * const mine = problem("out of focus", gaussianNoise(gaussianBlur({ std: 5 }), 0.05));
 */
export function gaussianBlur(options: GaussianBlurOptions = {}): ForwardOperator {
  checkOptions("gaussian-blur", options, { std: positiveNumber(mostStd), taps: oddTaps });
  const { std, taps } = options;
  return {
    name: "gaussian-blur",
    transposeIsAdjoint: false,
    shiftInvariant: true,
    averaging: true,
    draw: () => ({}),
    forward: (x) => {
      const image = imageShapeOf(x);
      const deviation = std ?? scaledStd(image);
      return applyAlongAxes(blurMatrix(image.height, deviation, taps), x, blurMatrix(image.width, deviation, taps));
    },
    transpose: (y) => y,
    observationShape: sameShape,
  };
}

function scaledStd(image: ImageShape): number {
  return Math.max(leastStd, publishedStd * lengthScale(image));
}

/**
 * A Gaussian kernel along one axis, truncated at 4 standard deviations; its weights sum to 1. If it is wider than
 * `taps`, the rest is mirrored back at its ends, as in the published code.
 */
export function gaussianKernel(std: number, taps = 2 * Math.round(reach * std) + 1): number[] {
  const radius = Math.round(reach * std);
  const weights = new Array<number>(taps).fill(0);
  for (let offset = -radius; offset <= radius; offset++)
    weights[mirrorIndex((taps - 1) / 2 + offset, taps)] += Math.exp(-(offset ** 2) / (2 * std ** 2));
  return normalised(weights);
}

/** The matrix [length, length] of a Gaussian blur along one axis of reflect-padded pixels; each row sums to 1. */
function blurMatrix(length: number, std: number, taps?: number): HostArray {
  const kernel = gaussianKernel(std, taps);
  const radius = Math.min((kernel.length - 1) / 2, length - 1);
  const cut = (kernel.length - 1) / 2 - radius;
  const weights = normalised(kernel.slice(cut, kernel.length - cut));
  return axisMatrix(length, length, (row) =>
    weights.map((weight, i): [number, number] => [reflectIndex(row + i - radius, length), weight]),
  );
}

function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
