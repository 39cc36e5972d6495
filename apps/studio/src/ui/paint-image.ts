/** The colour of a value, each part from 0 to 255. */
export type PixelColour = (value: number) => readonly [red: number, green: number, blue: number];

/** How an image is painted. */
export interface ImageColours {
  /** The colour of each value of a one-channel picture. Default: grey from -1 to 1. */
  readonly colour?: PixelColour | undefined;
  /** [H * W], 0 where a pixel is hidden; such pixels have a colour of their own, which no grey has. */
  readonly mask?: ArrayLike<number> | undefined;
}

const hidden = [38, 84, 98] as const;

/** Brightness of a value of an image in [-1, 1]. */
const brightness = (value: number): number => 127.5 * (value + 1);

/**
 * Paints an image on a canvas, a pixel for a pixel.
 *
 * @param values [C, H, W], C one or three
 */
export function paintImage(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  shape: readonly number[],
  { colour, mask }: ImageColours = {},
): void {
  const [channels, height, width] = shape;
  const size = height * width;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const picture = new ImageData(width, height);
  const { data } = picture;
  for (let i = 0; i < size; i++) {
    if (mask?.[i] === 0) data.set(hidden, 4 * i);
    else if (colour !== undefined) data.set(colour(values[i]), 4 * i);
    else for (let c = 0; c < 3; c++) data[4 * i + c] = brightness(values[channels === 3 ? c * size + i : i]);
    data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
}
