import { clip, mul } from "../array/index.js";
import { checkOptions, positiveNumber } from "../options.js";
import { type ForwardOperator, sameShape } from "./operator.js";

/** Options of `highDynamicRange`. */
export interface HighDynamicRangeOptions {
  /** Factor by which the image is too bright for the sensor. Default: 2. */
  scale?: number | undefined;
}

/**
 * High dynamic range: A x = clip(scale x, -1, 1), an overexposed photograph. Not linear.
 *
 * `transpose` is NOT an adjoint: it is the identity, as published, because the clipped image is already an image.
 * Source: the published code of the VFM paper (scale 2).
 *
 * @throws InputError if `scale` is not a positive number
 * @example
 * const mine = problem("overexposed", gaussianNoise(highDynamicRange({ scale: 2 }), 0.05));
 */
export function highDynamicRange(options: HighDynamicRangeOptions = {}): ForwardOperator {
  checkOptions("high-dynamic-range", options, { scale: positiveNumber() });
  const { scale = 2 } = options;
  return {
    name: "high-dynamic-range",
    transposeIsAdjoint: false,
    linear: false,
    local: true,
    draw: () => ({}),
    forward: (x) => clip(mul(x, scale), -1, 1),
    transpose: (y) => y,
    observationShape: sameShape,
  };
}
