import { InputError } from "../errors.js";

/** The tiles along one axis of an image: windows of equal length that overlap and cover it. */
export interface AxisTiles {
  /** The axis's length in pixels. */
  readonly length: number;
  /** A tile's length. */
  readonly tile: number;
  /** Where each tile starts, ascending; the first at 0, the last ends with the axis. */
  readonly starts: readonly number[];
}

/** One tile of an image: where its window starts. */
export interface Tile {
  readonly top: number;
  readonly left: number;
}

/**
 * As few tiles as cover an axis with at least `overlap` pixels in common between neighbours, evenly spread.
 *
 * @param length pixels; a multiple of `step`
 * @param tile pixels of a tile; a multiple of `step`
 * @param overlap pixels, 0 to tile - step
 * @param step every start is a multiple of it: the coarsest grid, of y or of a model's latents, in pixels
 * @throws InputError if the axis is shorter than a tile, or the overlap leaves no room for a step
 */
export function axisTiles(length: number, tile: number, overlap: number, step: number): AxisTiles {
  if (length < tile) throw new InputError(`${length} pixels are less than a tile of ${tile}`);
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
 * The weights of an axis's tiles, sin^2 over each tile, divided by their sum: smooth, and 1 in sum at every pixel.
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
