import { constant, type HostArray, matmul, type NDArray, reshape, transpose } from "../array/index.js";
import { imageShapeOf, type ImageShape } from "../data/index.js";
import { requireOddTaps } from "./kernel-taps.js";
import { axisMatrix, reflectIndex } from "./axis-matrix.js";
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
 * Each row of the image, shifted by each of the kernel's columns, [B, C, H taps, W], is multiplied from the left with the kernel's
 * columns as band matrices [B, H, H taps] that hold the reflection at the upper and lower border. In this order of the axes nothing
 * has to be moved between the two products of a grey image.
 * x: [B, C, H, W], kernel: [B, taps, taps] -> [B, C, H, W]; taps / 2 < H, W.
 */
function correlatePerSample(x: NDArray, kernel: NDArray): NDArray {
  const { channels, height, width } = imageShapeOf(x);
  const [count, taps] = kernel.shape;
  const shifted = matmul(x, transpose(constant(shiftedColumns(width, taps))));
  // One axis more: the product of a matrix and a batch of them would come with the batch in the middle.
  const bands = matmul(reshape(constant(bandMatrices(height, taps)), [1, height * height, taps]), kernel);
  return matmul(
    reshape(bands, [count, 1, height, height * taps]),
    reshape(shifted, [count, channels, height * taps, width]),
  );
}

// [taps * length, length]: for each tap the columns of a reflect-padded row that it reads.
function shiftedColumns(length: number, taps: number): HostArray {
  return axisMatrix(taps * length, length, (row) => [
    [reflectIndex((row % length) + Math.floor(row / length) - (taps - 1) / 2, length), 1],
  ]);
}

// [length * length, taps]: for each row of the result and each row of the image, the taps that lead from one to the other.
function bandMatrices(length: number, taps: number): HostArray {
  return axisMatrix(length * length, taps, (entry) => {
    const [to, from] = [Math.floor(entry / length), entry % length];
    return Array.from({ length: taps }, (_, tap) => tap)
      .filter((tap) => reflectIndex(to + tap - (taps - 1) / 2, length) === from)
      .map((tap): [number, number] => [tap, 1]);
  });
}
