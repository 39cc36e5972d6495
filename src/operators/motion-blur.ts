import { constant, type HostArray, matmul, type NDArray, reshape } from "../array/index.js";
import { imageShapeOf, type ImageShape } from "../data/index.js";
import { requireOddTaps } from "./kernel-taps.js";
import { applyToRows, axisMatrix, reflectIndex } from "./axis-matrix.js";
import { drawMotionKernel } from "./motion-kernel.js";
import { type ForwardOperator, lengthScale, sameShape } from "./operator.js";

/** Options of `motionBlur`. */
export interface MotionBlurOptions {
  /** The kernel's side in pixels, odd; 61 at 256 pixels, scaled and rounded up to odd, if not given (9 at 28). */
  taps?: number;
  /** How much the path bends and trembles, 0 (a straight line) to 1; 0.5 if not given. */
  intensity?: number;
}

const publishedRadius = 30;

/**
 * Motion blur: A x = the reflect-padded image correlated with a kernel [taps, taps] of its own, the path of a shaken
 * camera drawn for each sample (see `drawMotionKernel`), the same for all channels.
 *
 * `transpose` is NOT the adjoint: it is the identity, as published, because the blurred image already is an image.
 * Source: the VFM paper's image experiments (61 taps, intensity 0.5 at 256 pixels); the law of the paths is our own.
 *
 * @throws InputError if `taps` is not a positive odd integer
 */
export function motionBlur({ taps, intensity = 0.5 }: MotionBlurOptions = {}): ForwardOperator {
  requireOddTaps("motion-blur", taps);
  return {
    name: "motion-blur",
    transposeIsAdjoint: false,
    draw: (count, image, random) => {
      const side = taps ?? scaledTaps(image);
      const data = new Float32Array(count * side * side);
      for (let i = 0; i < count; i++)
        drawMotionKernel(side, intensity, random, data.subarray(i * side * side, (i + 1) * side * side));
      return { kernel: { shape: [count, side, side], data } };
    },
    forward: (x, { kernel }) => correlatePerSample(x, kernel),
    transpose: (y) => y,
    observationShape: sameShape,
  };
}

function scaledTaps(image: ImageShape): number {
  const radius = Math.max(1, Math.ceil(publishedRadius * lengthScale(image)));
  return 2 * Math.min(radius, Math.min(image.height, image.width) - 1) + 1;
}

/**
 * Cross-correlation of each reflect-padded image with the kernel of its own sample, as one batched matrix product.
 *
 * The image's rows, shifted by each of the kernel's rows and laid side by side, [B, C H, taps W], are multiplied with
 * the kernel's rows as band matrices [B, taps W, W] that hold the reflection at the left and right border.
 * x: [B, C, H, W], kernel: [B, taps, taps] -> [B, C, H, W]; taps / 2 < H, W.
 */
function correlatePerSample(x: NDArray, kernel: NDArray): NDArray {
  const { channels, height, width } = imageShapeOf(x);
  const [count, taps] = kernel.shape;
  const rows = reshape(applyToRows(shiftedRows(height, taps), x), [count, channels * height, taps * width]);
  const bands = matmul(reshape(kernel, [count * taps, taps]), constant(bandMatrices(width, taps)));
  return reshape(matmul(rows, reshape(bands, [count, taps * width, width])), [count, channels, height, width]);
}

// [length * taps, length]: for each row of a reflect-padded image, the rows that the taps read.
function shiftedRows(length: number, taps: number): HostArray {
  return axisMatrix(length * taps, length, (row) => [
    [reflectIndex(Math.floor(row / taps) + (row % taps) - (taps - 1) / 2, length), 1],
  ]);
}

// [taps, length * length]: for each tap the matrix [from, to] that moves a reflect-padded row to where the tap reads it.
function bandMatrices(length: number, taps: number): HostArray {
  return axisMatrix(taps, length * length, (tap) =>
    Array.from({ length }, (_, to): [number, number] => [
      reflectIndex(to + tap - (taps - 1) / 2, length) * length + to,
      1,
    ]),
  );
}
