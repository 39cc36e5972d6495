import { mul, type RandomSource } from "../array/index.js";
import { type ImageShape } from "../data/index.js";
import { type ForwardOperator, imageOf, sameShape } from "./operator.js";

/**
 * A x = m x, element by element, with a mask m [B, 1, H, W] of zeros (dropped) and ones (kept), shared by the channels. Values
 * between weaken a pixel. Its own adjoint. Dropped entries of y are 0 and count as not observed.
 *
 * @param drawMask fills one sample's mask, [height * width] ones to start with
 * @example
 * const stripes = masking("every other row", (mask, { width }) => {
 *   for (let i = 0; i < mask.length; i++) if (Math.floor(i / width) % 2 === 1) mask[i] = 0;
 * });
 */
export function masking(
  name: string,
  drawMask: (mask: Float32Array, image: ImageShape, random: RandomSource) => void,
): ForwardOperator {
  return {
    name,
    transposeIsAdjoint: true,
    observedMask: "mask",
    draw: (count, shape, random) => {
      const image = imageOf(name, shape);
      const size = image.height * image.width;
      const data = new Float32Array(count * size).fill(1);
      for (let i = 0; i < count; i++) drawMask(data.subarray(i * size, (i + 1) * size), image, random);
      return { mask: { shape: [count, 1, image.height, image.width], data } };
    },
    forward: (x, { mask }) => mul(x, mask),
    transpose: (y, { mask }) => mul(y, mask),
    observationShape: sameShape,
  };
}
