import { InputError } from "../errors.js";
import { masking } from "./masking.js";
import { type ForwardOperator } from "./operator.js";

/** Options of `randomInpainting`. */
export interface RandomInpaintingOptions {
  /** The least and greatest share of the pixels that a sample loses; 0.3 to 0.7 if not given. */
  dropRate?: readonly [number, number];
}

/**
 * Random inpainting: A x = m x with floor(rate H W) pixels dropped at random places, the rate uniform and drawn for each
 * sample. Its own adjoint. Source: the VFM paper's image experiments (30 to 70 % of the pixels).
 *
 * @throws InputError if the rates are not in order between 0 and 1
 */
export function randomInpainting({
  dropRate: [low, high] = [0.3, 0.7],
}: RandomInpaintingOptions = {}): ForwardOperator {
  if (!(0 <= low && low <= high && high <= 1))
    throw new InputError(`random-inpainting: drop rates ${low} to ${high} have to be in order between 0 and 1`);
  return masking("random-inpainting", (mask, _image, random) => {
    const dropped = Math.floor((low + (high - low) * random.uniform()) * mask.length);
    for (const pixel of random.permutation(mask.length).subarray(0, dropped)) mask[pixel] = 0;
  });
}
