import { InputError } from "../errors.js";
import { checkOptions, numberFrom, pairOf } from "../options.js";
import { holesRule, type HolesOptions, masking } from "./masking.js";
import { type ForwardOperator } from "./operator.js";

/** Options of `randomInpainting`. */
export interface RandomInpaintingOptions extends HolesOptions {
  /** The least and greatest share of the pixels that are dropped from a sample. Default: 0.3 to 0.7. */
  dropRate?: readonly [number, number] | undefined;
}

/**
 * Random inpainting: A x = m x with floor(rate H W) pixels dropped at random places; the rate is uniform and drawn for
 * each sample. A is its own adjoint, unless the holes contain noise (see `masking`). Source: the VFM paper's image
 * experiments (30 to 70 % of the pixels).
 *
 * @throws InputError if the rates are not in order between 0 and 1
 * @example
 * const mine = problem("dead pixels", gaussianNoise(randomInpainting({ dropRate: [0.9, 0.9] }), 0.05));
 */
export function randomInpainting(options: RandomInpaintingOptions = {}): ForwardOperator {
  checkOptions("random-inpainting", options, { dropRate: pairOf(numberFrom(0, 1)), holes: holesRule });
  const { dropRate: [low, high] = [0.3, 0.7], holes } = options;
  if (low > high)
    throw new InputError(`random-inpainting: drop rates ${low} to ${high} have to be in order between 0 and 1`);
  const drawMask: Parameters<typeof masking>[1] = (mask, _image, random) => {
    const dropped = Math.floor((low + (high - low) * random.uniform()) * mask.length);
    for (const pixel of random.permutation(mask.length).subarray(0, dropped)) mask[pixel] = 0;
  };
  return masking("random-inpainting", drawMask, { holes });
}
