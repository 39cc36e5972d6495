import { hostArray, type HostArray, hostZeros, type NDArray, randomSource, takeRows } from "../array/index.js";
import { compile, type EngineSettings, formOf, sharedCache } from "../compile/index.js";
import { InputError } from "../errors.js";
import {
  checkPicture,
  drawParameters,
  type Observation,
  observationOf,
  type OperatorParameters,
  type Problem,
  type TransposedObservation,
  type TracedParameters,
} from "../operators/index.js";
import { chunksOf } from "./chunks.js";
import { fieldSize, tileOnField, windowsOf } from "./fields.js";
import { axisWeights, type Tile } from "./tiles.js";
import { type Tiling } from "./tiling.js";

/** The observation of an image. */
export interface TiledObservation {
  /** The observations of some of its tiles. */
  of(tiles: readonly Tile[]): Promise<Observation | TransposedObservation>;
  /** The observation as an image, [C, H, W]: y if it was made here, otherwise A^T y. */
  readonly shown: HostArray;
}

/**
 * An observation of which only A^T y is known: each tile takes its window.
 *
 * @param transposed A^T y, [C, H, W]
 * @throws InputError if A^T y depends on the operator's parameters
 */
export function seenTiles(problem: Problem, { tile }: Tiling, transposed: HostArray): TiledObservation {
  checkPicture(problem, "give a clean image and let it be degraded (degrade), or sample from y and its parameters");
  const [, height, width] = tile;
  return {
    of: async (tiles) => ({
      problem,
      transposed: windowsOf(transposed, tiles, { height, width }, [height, width]),
    }),
    shown: transposed,
  };
}

/**
 * Makes one observation of a whole image by an operator of images of a tile's size. Every entry of y comes from the
 * tile in which it lies furthest from the border, with one noise for the image; then each tile takes its window of y.
 * The blur at a tile's edge therefore uses the image and not a mirrored edge, if the overlap is at least twice the
 * blur's reach. Masks are drawn for adjacent squares of a tile's size; a kernel is drawn once.
 *
 * @param image [C, H, W], values in [-1, 1]
 * @param atOnce greatest number of tiles that are computed at once
 * @throws InputError if the operator's mask does not lie on y's grid
 */
export async function observeTiles(
  problem: Problem,
  tiling: Tiling,
  image: HostArray,
  seed: number,
  atOnce: number,
  engine: EngineSettings,
): Promise<TiledObservation> {
  const { tile } = tiling;
  const { operator } = problem.observation;
  const [, height, width] = tile;
  const tileSize = { height, width };
  const parametersOf = tileParameters(problem, tiling, seed);
  const yShape = operator.observationShape(tile);
  const [channels, yHeight, yWidth] = yShape;
  const ySize = fieldSize(tiling.image, tileSize, [yHeight, yWidth]);
  const fieldShape = [channels, ySize.height, ySize.width];
  const { data: noise } = problem.observation.drawNoise([1, ...fieldShape], randomSource(seed, "noise", problem.name));
  const noiseField = hostArray(noise, fieldShape);
  const y = hostZeros(fieldShape);
  const keepDeepest = deepest(tiling, yShape, y);
  for (const { items, filled } of chunksOf(tiling.tiles, atOnce)) {
    const inputs = [
      windowsOf(image, items, tileSize, [height, width]),
      windowsOf(noiseField, items, tileSize, [yHeight, yWidth]),
      parametersOf(items),
    ] as const;
    const observed = await observeWithNoise(problem, ...inputs, engine);
    items.slice(0, filled).forEach((at, i) => keepDeepest(at, takeRows(observed, [i])));
  }
  return {
    of: (tiles) =>
      observationOf(problem, windowsOf(y, tiles, tileSize, [yHeight, yWidth]), {
        parameters: parametersOf(tiles),
        image: tile,
        ...engine,
      }),
    shown: y,
  };
}

function observeWithNoise(
  { observation }: Problem,
  images: HostArray,
  noise: HostArray,
  parameters: OperatorParameters,
  engine: EngineSettings,
): Promise<HostArray> {
  const observe = (x: NDArray, eps: NDArray, drawn: TracedParameters): NDArray => observation.observe(x, eps, drawn);
  return sharedCache.use(
    { objects: [observation], values: ["observe with noise", formOf([images, noise, parameters]), engine] },
    () => compile(observe, [images, noise, parameters], engine),
    ({ run }) => run(images, noise, parameters),
  );
}

/** The operator's parameters for any tiles: windows of one mask for the image; the same kernel for all. */
function tileParameters(
  problem: Problem,
  { image, tile }: Tiling,
  seed: number,
): (tiles: readonly Tile[]) => OperatorParameters {
  const { operator } = problem.observation;
  const [, height, width] = tile;
  const [, ...grid] = operator.observationShape(tile);
  const [down, across] = [Math.ceil(image.height / height), Math.ceil(image.width / width)];
  const drawn = drawParameters(problem, down * across, tile, seed);
  const maskName = operator.observedMask ?? operator.noiseMask;
  const mask = maskName === undefined ? undefined : drawn[maskName];
  if (mask !== undefined && (mask.shape.length !== 4 || mask.shape.slice(2).join() !== grid.join()))
    throw new InputError(
      `"${problem.name}" cannot be cut into tiles: its mask is [${mask.shape.slice(1).join(", ")}], give [1, ${grid.join(", ")}], a value for each place of y`,
    );
  const field = mask && sideBySide(mask, down, across);
  return (tiles) =>
    Object.fromEntries(
      Object.entries(drawn).map(([name, array]): [string, HostArray] => [
        name,
        name === maskName && field !== undefined
          ? windowsOf(field, tiles, { height, width }, grid)
          : takeRows(array, new Int32Array(tiles.length)),
      ]),
    );
}

/** Arrays [down * across, C, h, w] as one field, [C, down * h, across * w]. */
function sideBySide({ shape: [, channels, height, width], data }: HostArray, down: number, across: number): HostArray {
  const field = hostZeros([channels, down * height, across * width]);
  for (let cell = 0, from = 0; cell < down * across; cell++)
    for (let channel = 0; channel < channels; channel++)
      for (let row = 0; row < height; row++, from += width) {
        const at = (channel * down + Math.floor(cell / across)) * height + row;
        field.data.set(data.subarray(from, from + width), (at * across + (cell % across)) * width);
      }
  return field;
}

/**
 * Writes the values [1, ...shape] of tiles into a field, each at the places where its tile's weight is the largest so
 * far.
 */
function deepest(
  { rows, columns, tile }: Tiling,
  [channels, height, width]: readonly number[],
  field: HostArray,
): (at: Tile, values: HostArray) => void {
  const [, tileHeight, tileWidth] = tile;
  const [down, across] = [axisWeights(rows), axisWeights(columns)];
  const [, fieldHeight, fieldWidth] = field.shape;
  const largest = new Float64Array(fieldHeight * fieldWidth).fill(-1);
  return (at, { data }) => {
    const [downward, sideways] = [down[rows.starts.indexOf(at.top)], across[columns.starts.indexOf(at.left)]];
    const { top, left } = tileOnField(at, { height: tileHeight, width: tileWidth }, [height, width]);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const weight =
          downward[Math.floor(((row + 0.5) * tileHeight) / height)] *
          sideways[Math.floor(((column + 0.5) * tileWidth) / width)];
        const to = (top + row) * fieldWidth + left + column;
        if (weight <= largest[to]) continue;
        largest[to] = weight;
        for (let channel = 0; channel < channels; channel++)
          field.data[channel * fieldHeight * fieldWidth + to] = data[(channel * height + row) * width + column];
      }
  };
}
