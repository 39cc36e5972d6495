import { hostArray, type HostArray } from "../array/index.js";
import { type Tile } from "./tiles.js";

/** The size of an image or of one of its tiles, in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** The size of a field over an image whose tiles have their own grid: that of y, of a mask or of a model's latents. */
export function fieldSize(image: Size, tile: Size, [height, width]: readonly number[]): Size {
  return {
    height: Math.ceil((image.height * height) / tile.height),
    width: Math.ceil((image.width * width) / tile.width),
  };
}

/** The start of a tile on the grid of a field. */
export function tileOnField({ top, left }: Tile, tile: Size, [height, width]: readonly number[]): Tile {
  return { top: (top * height) / tile.height, left: (left * width) / tile.width };
}

/**
 * Copies a window out of a field.
 *
 * @param field [channels, H, W]
 * @param into [channels, height, width], overwritten
 */
export function copyWindow(field: HostArray, { top, left }: Tile, { height, width }: Size, into: Float32Array): void {
  const [channels, rows, columns] = field.shape;
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < height; row++) {
      const start = (channel * rows + top + row) * columns + left;
      into.set(field.data.subarray(start, start + width), (channel * height + row) * width);
    }
}

/**
 * The windows of a field for tiles.
 *
 * @param field [channels, H, W]
 * @param tiles the tiles' starts on the image
 * @param tile the tiles' size on the image
 * @param size the windows' size on the field, [height, width]
 * @returns [tiles, channels, height, width]
 */
export function windowsOf(
  field: HostArray,
  tiles: readonly Tile[],
  tile: Size,
  [height, width]: readonly number[],
): HostArray {
  const [channels] = field.shape;
  const each = channels * height * width;
  const data = new Float32Array(tiles.length * each);
  for (const [i, at] of tiles.entries())
    copyWindow(
      field,
      tileOnField(at, tile, [height, width]),
      { height, width },
      data.subarray(i * each, (i + 1) * each),
    );
  return hostArray(data, [tiles.length, channels, height, width]);
}
