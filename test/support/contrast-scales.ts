/**
 * The residual's relative scale by the contrast of the 5 x 5 pixels around each pixel, by plain loops.
 *
 * @param image [C, H, W]
 * @returns [C, H, W], the same in all channels
 */
export function contrastScales(
  image: ArrayLike<number>,
  [channels, height, width]: readonly number[],
  texture: number,
): number[] {
  const scales = new Array<number>(channels * height * width);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      let variance = 0;
      for (let channel = 0; channel < channels; channel++) {
        const seen: number[] = [];
        for (let i = row - 2; i <= row + 2; i++)
          for (let j = column - 2; j <= column + 2; j++)
            seen.push(image[(channel * height + mirrored(i, height)) * width + mirrored(j, width)]);
        const mean = seen.reduce((sum, value) => sum + value) / 25;
        variance += seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 25 / channels;
      }
      const scale = (Math.sqrt(variance + 0.03 ** 2) / 0.2) ** texture;
      for (let channel = 0; channel < channels; channel++) scales[(channel * height + row) * width + column] = scale;
    }
  return scales;
}

/** Reflects a place at the borders as often as needed: -1 becomes 0, `length` becomes `length - 1`. */
function mirrored(place: number, length: number): number {
  if (place < 0) return mirrored(-1 - place, length);
  return place < length ? place : mirrored(2 * length - 1 - place, length);
}
