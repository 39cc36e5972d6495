import { InputError } from "../errors.js";
import { isLocal, type Problem } from "../operators/index.js";
import { imageShapeOfModel, type VariationalFlowMap } from "../vfm/index.js";
import { type Size } from "./fields.js";
import { type AxisTiles, axisTiles, type Tile, tilesOf } from "./tiles.js";

/** The tiling of an image. */
export interface Tiling {
  /** The size of the image that the tiles cover. */
  readonly image: Size;
  /** [channels, height, width] of a tile. */
  readonly tile: readonly number[];
  readonly rows: AxisTiles;
  readonly columns: AxisTiles;
  readonly tiles: readonly Tile[];
}

/**
 * The steps in pixels, down and across, of the starts of tiles: the coarsest grid of the problem's y and the model's
 * latents.
 */
export interface TileSteps {
  readonly down: number;
  readonly across: number;
}

/**
 * The steps of a model's tiles for a problem.
 *
 * @throws InputError if the problem's operator is not local, or y or the latents do not lie on an even grid over the
 *   image
 */
export function tileSteps(model: VariationalFlowMap, problem: Problem): TileSteps {
  const shape = imageShapeOfModel(model);
  const { operator } = problem.observation;
  if (!isLocal(operator))
    throw new InputError(
      `"${problem.name}" cannot be cut into tiles: nothing says that an entry of its y depends on nearby pixels alone; if so, give its operator local: true`,
    );
  const grids = [model.sampleShape, operator.observationShape(shape)];
  const step = (axis: 1 | 2): number =>
    grids
      .map((grid) => {
        const pixels = shape[axis] / grid[axis];
        if (grid.length === 3 && Number.isInteger(pixels)) return pixels;
        throw new InputError(
          `"${problem.name}" of this model cannot be cut into tiles: an array [${grid.join(", ")}] does not lie on an even grid over images [${shape.join(", ")}]`,
        );
      })
      .reduce(leastCommonMultiple);
  return { down: step(1), across: step(2) };
}

/**
 * Splits an image into tiles of the model's size. Its height and width are first reduced to multiples of the tiles'
 * steps.
 *
 * @param overlap least number of pixels that neighbours have in common
 * @throws InputError if the image is smaller than a tile, or the overlap is too large
 */
export function tilingOf(
  { height, width }: Size,
  tile: readonly number[],
  overlap: Size,
  { down, across }: TileSteps,
): Tiling {
  const [, tileHeight, tileWidth] = tile;
  const image = { height: height - (height % down), width: width - (width % across) };
  const rows = axisTiles(image.height, tileHeight, overlap.height, down);
  const columns = axisTiles(image.width, tileWidth, overlap.width, across);
  return { image, tile, rows, columns, tiles: tilesOf(rows, columns) };
}

function leastCommonMultiple(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return (a * b) / larger;
}
