import { type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { checkOptions, integerFrom, pairOf } from "../options.js";
import { holesRule, type HolesOptions, masking } from "./masking.js";
import { type ForwardOperator, lengthScale } from "./operator.js";

/** Options of `boxInpainting`, in pixels. */
export interface BoxInpaintingOptions extends HolesOptions {
  /** The least and greatest side of the box, both included. Default: 32 to 128 at 256 pixels, scaled. */
  sides?: readonly [number, number];
  /** The least distance of the box from the border. Default: 16 at 256 pixels, scaled. */
  margin?: number;
}

/**
 * Box inpainting: A x = m x with one box dropped. Height, width and place are uniform integers, drawn for each sample.
 * A is its own adjoint, unless the holes contain noise (see `masking`). Source: the VFM paper's image experiments
 * (sides 32 to 128, margin 16 at 256 pixels).
 *
 * Scaled lengths are rounded to the nearest pixel (halves up), sides to at least 1: at 28 pixels sides 4 to 14, margin 2.
 * `draw` throws InputError if such a box does not fit the image.
 *
 * @throws InputError if a side or the margin is not a non-negative integer
 * @example
 * const mine = problem("hole", gaussianNoise(boxInpainting({ sides: [64, 64] }), 0.1));
 */
export function boxInpainting(options: BoxInpaintingOptions = {}): ForwardOperator {
  checkOptions("box-inpainting", options, { sides: pairOf(integerFrom(0)), margin: integerFrom(0), holes: holesRule });
  const drawMask: Parameters<typeof masking>[1] = (mask, image, random) => {
    const scaled = scaledBox(image);
    const { sides = scaled.sides, margin = scaled.margin } = options;
    const room = Math.min(image.height, image.width) - 2 * margin;
    if (!(sides[0] >= 1 && sides[0] <= sides[1] && sides[1] <= room))
      throw new InputError(
        `box-inpainting: sides ${sides.join(" to ")} do not fit an image of ${image.height} x ${image.width} pixels ` +
          `with a margin of ${margin}: choose sides between 1 and ${room}`,
      );
    const side = (): number => sides[0] + random.integer(sides[1] - sides[0] + 1);
    const [height, width] = [side(), side()];
    const top = margin + random.integer(image.height - height - 2 * margin + 1);
    const left = margin + random.integer(image.width - width - 2 * margin + 1);
    for (let row = top; row < top + height; row++) {
      const start = row * image.width + left;
      mask.fill(0, start, start + width);
    }
  };
  return masking("box-inpainting", drawMask, { holes: options.holes });
}

function scaledBox(image: ImageShape): Required<Pick<BoxInpaintingOptions, "sides" | "margin">> {
  const scale = lengthScale(image);
  const side = (published: number): number => Math.max(1, Math.round(published * scale));
  return { sides: [side(32), side(128)], margin: Math.round(16 * scale) };
}
