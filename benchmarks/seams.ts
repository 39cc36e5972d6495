import { type HostArray } from "../src/array/index.js";
import { type imageTiling } from "../src/tiles/index.js";

/** The rows and columns of an image at which a tile begins, or the previous one has ended. */
export interface TileBorders {
  readonly rows: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
}

/** The borders of an image's tiles. */
export function tileBorders({ image, rows, columns }: ReturnType<typeof imageTiling>): TileBorders {
  const of = ({ starts, tile }: typeof rows, length: number): Set<number> =>
    new Set(starts.flatMap((start) => [start, start + tile]).filter((at) => at > 0 && at < length));
  return { rows: of(rows, image.height), columns: of(columns, image.width) };
}

/**
 * The mean |x_i - x_(i-1)| of neighbouring pixels with a tile's border between them, divided by the same elsewhere.
 *
 * @param images [N, C, H, W]
 */
export function seamRatio({ shape, data }: HostArray, { rows, columns }: TileBorders): number {
  const [images, channels, height, width] = shape;
  const sums = { border: 0, elsewhere: 0 };
  const counts = { border: 0, elsewhere: 0 };
  const count = (difference: number, isBorder: boolean): void => {
    const where = isBorder ? "border" : "elsewhere";
    sums[where] += Math.abs(difference);
    counts[where]++;
  };
  for (let plane = 0; plane < images * channels; plane++)
    for (let row = 1; row < height; row++)
      for (let column = 1; column < width; column++) {
        const at = (plane * height + row) * width + column;
        count(data[at] - data[at - 1], columns.has(column));
        count(data[at] - data[at - width], rows.has(row));
      }
  return sums.border / counts.border / (sums.elsewhere / counts.elsewhere);
}
