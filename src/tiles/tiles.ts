import { InputError } from "../errors.js";

/** The tiles along one axis of an image: overlapping windows of equal length that cover it. */
export interface AxisTiles {
  /** The axis's length in pixels. */
  readonly length: number;
  /** A tile's length. */
  readonly tile: number;
  /** The start of each tile, ascending; the first is 0, and the last tile ends with the axis. */
  readonly starts: readonly number[];
}

/** One tile of an image: the start of its window. */
export interface Tile {
  readonly top: number;
  readonly left: number;
}

/**
 * The fewest tiles that cover an axis, evenly spread, with at least `overlap` pixels in common between neighbours.
 *
 * @param length number of pixels; a multiple of `step`
 * @param tile number of pixels of a tile; a multiple of `step`
 * @param overlap number of pixels, from 0 to tile - step
 * @param step every start is a multiple of it: the coarsest grid, of y or of a model's latents, in pixels
 * @throws InputError if the axis is shorter than a tile, or the overlap leaves no room for a step
 */
export function axisTiles(length: number, tile: number, overlap: number, step: number): AxisTiles {
  if (length < tile) throw new InputError(`${length} pixels are fewer than a tile of ${tile}`);
  const stride = Math.floor((tile - overlap) / step);
  if (stride < 1)
    throw new InputError(
      `an overlap of ${overlap} of ${tile} pixels leaves no room for steps of ${step}: choose at most ${tile - step}`,
    );
  const room = Math.floor((length - tile) / step);
  const intervals = Math.ceil(room / stride);
  const starts = Array.from({ length: intervals + 1 }, (_, i) =>
    intervals === 0 ? 0 : step * Math.round((i * room) / intervals),
  );
  return { length, tile, starts };
}

/**
 * The weights of an axis's tiles: sin^2 over each tile, divided by their sum, so that they are smooth and sum to 1 at
 * every pixel.
 *
 * @returns for each tile the weights of its own pixels, [tile]
 */
export function axisWeights({ length, tile, starts }: AxisTiles): Float64Array[] {
  const window = Float64Array.from({ length: tile }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / tile) ** 2);
  const sums = new Float64Array(length);
  for (const start of starts) for (let i = 0; i < tile; i++) sums[start + i] += window[i];
  return starts.map((start) => window.map((weight, i) => weight / sums[start + i]));
}

/** All tiles of an image, row by row. */
export function tilesOf(rows: AxisTiles, columns: AxisTiles): Tile[] {
  return rows.starts.flatMap((top) => columns.starts.map((left) => ({ top, left })));
}
