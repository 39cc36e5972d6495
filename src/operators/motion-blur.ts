import { type ImageShape } from "../data/index.js";
import { checkOptions, numberFrom, positiveNumber } from "../options.js";
import { oddTaps } from "./kernel-taps.js";
import { drawMotionKernel } from "./motion-kernel.js";
import { type ForwardOperator, imageOf, lengthScale, sameShape } from "./operator.js";
import { correlateReflected } from "./reflected-correlation.js";
import { wienerFilter } from "./wiener-filter.js";

/** Options of `motionBlur`. */
export interface MotionBlurOptions {
  /** The kernel's side in pixels, odd. Default: 61 at 256 pixels, scaled and rounded up to an odd number (9 at 28). */
  taps?: number | undefined;
  /** How much the path bends and trembles, from 0 (a straight line) to 1. Default: 0.5. */
  intensity?: number | undefined;
  /**
   * Makes `transpose` the Wiener filter of the sample's kernel, for noise of this standard deviation. An adapter that
   * sees the filtered image knows what the kernel did; the blurred image alone does not show it. Default: none,
   * `transpose` is the identity.
   */
  wiener?: number | undefined;
}

const publishedRadius = 30;

/**
 * Motion blur: A x is the reflect-padded image correlated with a kernel [taps, taps], the path of a shaken camera. The
 * kernel is drawn for each sample (see `drawMotionKernel`) and is the same for all channels.
 *
 * `transpose` is NOT the adjoint: it is the identity, as published, because the blurred image is already an image, or
 * with the option `wiener` the Wiener filter. Source: the VFM paper's image experiments (61 taps, intensity 0.5 at 256
 * pixels); the distribution of the paths is our own.
 *
 * @throws InputError if `taps` is not a positive odd integer, `intensity` is not between 0 and 1, or `wiener` is not a
 *   positive number
 * @example
 * const mine = problem("shaken", gaussianNoise(motionBlur({ intensity: 0.8 }), 0.05));
 */
export function motionBlur(options: MotionBlurOptions = {}): ForwardOperator {
  checkOptions("motion-blur", options, {
    taps: oddTaps,
    intensity: numberFrom(0, 1),
    wiener: positiveNumber(),
  });
  const { taps, intensity = 0.5, wiener } = options;
  return {
    name: "motion-blur",
    transposeIsAdjoint: false,
    shiftInvariant: true,
    averaging: true,
    parameterKinds: { kernel: "kernel" },
    draw: (count, shape, random) => {
      const side = taps ?? scaledTaps(imageOf("motion-blur", shape));
      const data = new Float32Array(count * side * side);
      for (let i = 0; i < count; i++)
        drawMotionKernel(side, intensity, random, data.subarray(i * side * side, (i + 1) * side * side));
      return { kernel: { shape: [count, side, side], data } };
    },
    forward: (x, { kernel }) => correlateReflected(x, kernel),
    ...(wiener === undefined
      ? { transpose: (y) => y }
      : { transpose: (y, { kernel }) => wienerFilter(y, kernel, wiener), transposeNeedsParameters: true }),
    observationShape: sameShape,
  };
}

function scaledTaps(image: ImageShape): number {
  const radius = Math.max(1, Math.ceil(publishedRadius * lengthScale(image)));
  return 2 * Math.min(radius, Math.min(image.height, image.width) - 1) + 1;
}
