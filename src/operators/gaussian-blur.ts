import { type HostArray } from "../array/index.js";
import { imageShapeOf, type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { applyAlongAxes, axisMatrix, reflectIndex } from "./axis-matrix.js";
import { type ForwardOperator, lengthScale, sameShape } from "./operator.js";

/** Options of `gaussianBlur`. */
export interface GaussianBlurOptions {
  /** Standard deviation of the kernel in pixels; if not given, 3 at 256 pixels, scaled, but at least 2. */
  std?: number;
}

const publishedStd = 3;
// Scaled to 28 pixels the published blur would be 0.3 pixels wide: no blur. Two pixels keep it a problem worth solving.
const leastStd = 2;
// The published kernel has 61 taps, of which those beyond four standard deviations (12 pixels) are zero.
const reach = 4;

/**
 * Gaussian blur with reflect padding: A x = rows x columns^T with the padding in the matrices. The kernel reaches 4
 * standard deviations (25 taps that are not zero at 3 pixels, 17 at 2), but not farther than the reflected image.
 *
 * `transpose` is NOT the adjoint: it is the identity, as published, because the blurred image already is an image.
 * (The adjoint differs only near the border, where reflect padding makes the matrices unsymmetric.)
 * Source: the VFM paper's image experiments (61 taps, standard deviation 3 at 256 pixels).
 *
 * @throws InputError if `std` is not a positive number
 */
export function gaussianBlur({ std }: GaussianBlurOptions = {}): ForwardOperator {
  if (std !== undefined && !(std > 0 && Number.isFinite(std)))
    throw new InputError(`gaussian-blur: the standard deviation is ${std}, it has to be a positive number of pixels`);
  return {
    name: "gaussian-blur",
    transposeIsAdjoint: false,
    draw: () => ({}),
    forward: (x) => {
      const image = imageShapeOf(x);
      const deviation = std ?? scaledStd(image);
      return applyAlongAxes(blurMatrix(image.height, deviation), x, blurMatrix(image.width, deviation));
    },
    transpose: (y) => y,
    observationShape: sameShape,
  };
}

function scaledStd(image: ImageShape): number {
  return Math.max(leastStd, publishedStd * lengthScale(image));
}

/** The matrix [length, length] of a Gaussian blur along one axis of reflect-padded pixels; each row sums to 1. */
export function blurMatrix(length: number, std: number): HostArray {
  const radius = Math.min(Math.round(reach * std), length - 1);
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const weights = offsets.map((offset) => Math.exp(-(offset ** 2) / (2 * std ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return axisMatrix(length, length, (row) =>
    offsets.map((offset, i): [number, number] => [reflectIndex(row + offset, length), weights[i] / total]),
  );
}
