import { mul, type RandomSource } from "../array/index.js";
import { type ImageShape } from "../data/index.js";
import { aFunction, aText, checkArgument, checkOptions, oneOf, type OptionRule } from "../options.js";
import { type ForwardOperator, imageOf, sameShape } from "./operator.js";

/** What an observation holds where the image is hidden. */
export interface HolesOptions {
  /**
   * "zero" (the default): y and A^T y are 0 there, and these entries do not count as observed. "noise": the noise
   * alone, as in the published code, y = m x + sigma eps everywhere and A^T y = y; adapters that were trained on such
   * observations need it. `observationOf` adds noise in the holes of a measured y that is 0 there.
   */
  holes?: "zero" | "noise" | undefined;
}

export const holesRule: OptionRule = oneOf(["zero", "noise"]);

/**
 * A x = m x, element by element, with a mask m [B, 1, H, W] of zeros (dropped) and ones (kept), shared by the channels.
 * Values between 0 and 1 weaken a pixel. A is its own adjoint. Dropped entries of y are 0 and do not count as observed.
 * With `holes: "noise"` they contain noise, and `transpose` is the identity, NOT the adjoint.
 *
 * @param drawMask writes the mask of one sample, [height * width], which is filled with ones at first
 * @throws InputError if the name is empty, `drawMask` is no function, or an option is wrong
 * @example
 * const stripes = masking("every other row", (mask, { width }) => {
 *   for (let i = 0; i < mask.length; i++) if (Math.floor(i / width) % 2 === 1) mask[i] = 0;
 * });
 */
export function masking(
  name: string,
  drawMask: (mask: Float32Array, image: ImageShape, random: RandomSource) => void,
  options: HolesOptions = {},
): ForwardOperator {
  checkArgument("masking", "name", name, aText);
  checkArgument("masking", "drawMask", drawMask, aFunction);
  checkOptions("masking", options, { holes: holesRule });
  const { holes = "zero" } = options;
  const zero = holes === "zero";
  return {
    name,
    transposeIsAdjoint: zero,
    local: true,
    averaging: true,
    parameterKinds: { mask: "mask" },
    ...(zero ? { observedMask: "mask" } : { noiseMask: "mask" }),
    draw: (count, shape, random) => {
      const image = imageOf(name, shape);
      const size = image.height * image.width;
      const data = new Float32Array(count * size).fill(1);
      for (let i = 0; i < count; i++) drawMask(data.subarray(i * size, (i + 1) * size), image, random);
      return { mask: { shape: [count, 1, image.height, image.width], data } };
    },
    forward: (x, { mask }) => mul(x, mask),
    transpose: (y, { mask }) => (zero ? mul(y, mask) : y),
    observationShape: sameShape,
  };
}
