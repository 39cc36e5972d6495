import { type HostArray, sizeOf, takeRows } from "../array/index.js";
import { engineOf } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { checkImages, type Problem } from "../operators/index.js";
import {
  aFunction,
  checkOptions,
  integerFrom,
  numberFrom,
  type OptionRule,
  type OptionRules,
  trueOrFalse,
} from "../options.js";
import {
  checkPosteriorModel,
  classOf,
  imageShapeOfModel,
  type PosteriorOptions,
  samplePosterior,
  sampleRules,
  type VariationalFlowMap,
} from "../vfm/index.js";
import { blendTiles } from "./blend.js";
import { chunksOf } from "./chunks.js";
import { copyWindow, type Size } from "./fields.js";
import { observeTiles, seenTiles } from "./observe-tiles.js";
import { sharedNoise } from "./shared-noise.js";
import { tileSteps, type Tiling, tilingOf } from "./tiling.js";

/** Options of `restoreImage`: those of the sampler, and those of the tiling. */
export interface RestoreImageOptions extends Omit<
  PosteriorOptions,
  "noise" | "update" | "batchSize" | "label" | "seed" | "onBatch"
> {
  /** Seed of the image's degradation and its samples. */
  seed: number;
  /** The class of the image, if the model knows classes. */
  label?: number | undefined;
  /** Whether the image is clean and is degraded first. Default: false, it is an observation, A^T y. */
  degrade?: boolean | undefined;
  /** The least share of a tile, from 0 to less than 1, that neighbouring tiles have in common. Default: 0.5. */
  overlap?: number | undefined;
  /** Whether the tiles share their noise. Default: true. `bench tiles` compares both. */
  sharedNoise?: boolean | undefined;
  /** Whether the blended tiles should vary as much as each tile. Default: false. `bench tiles` compares both. */
  keepVariance?: boolean | undefined;
  /** Called before every batch of tiles with the share of the tiles that is done. If it throws, the work ends. */
  onBatch?: ((done: number) => void) | undefined;
}

const overlapRule: OptionRule = {
  wanted: "a number from 0 to less than 1",
  accepts: (value) => numberFrom(0, 1).accepts(value) && value !== 1,
};
const { batchSize: _batchSize, ...samplerRules } = sampleRules;
const restoreRules: OptionRules<RestoreImageOptions> = {
  ...samplerRules,
  label: integerFrom(0),
  temperature: numberFrom(0),
  degrade: trueOrFalse,
  overlap: overlapRule,
  sharedNoise: trueOrFalse,
  keepVariance: trueOrFalse,
  onBatch: aFunction,
};

/** An image's posterior samples. */
export interface RestoredImage {
  /** [samples, C, H, W]. */
  readonly samples: HostArray;
  /** The observation as an image, [C, H', W']: y if it was made here, otherwise A^T y. */
  readonly observation: HostArray;
  /** Number of tiles. */
  readonly tiles: number;
}

/** Greatest number of samples of tiles that are drawn at once. */
const mostAtOnce = 256;

// Two gigabytes of float32 values.
const mostValues = 2 ** 29;

/**
 * Draws posterior samples of an image at least as large as the model's, by overlapping tiles. Sample s is
 *
 *     x_s = sum_i w_i x_(s,i), sum_i w_i = 1 at every pixel,
 *
 * where x_(s,i) is a sample of tile i whose noise is tile i's window of one field over the image, the same for all
 * tiles, and w_i decreases towards the tile's border. docs/folders.md explains and measures how this relates to the
 * posterior.
 *
 * With `degrade` one observation of the whole image is made first, and samples are conditioned on y a second time if
 * the model has an update; without it only A^T y is known.
 *
 * @param image [C, H, W]: A^T y, or a clean image with `degrade`, values in [-1, 1]. The part of its height and width
 *   beyond a multiple of the tiles' steps is cropped below and on the right
 * @throws InputError if the image is smaller than the model's, or too large for memory; if the problem cannot be split
 *   into tiles, as with an operator that is not local (see `ForwardOperator`); if a value is not finite or an option is
 *   wrong
 * @throws ShapeError if the image does not have the model's number of channels
 * @example
 * const photograph = hostArray(new Float32Array(768 * 1024), [1, 768, 1024]);
 * const problem = model.problem("super-resolution");
 * const { samples } = await restoreImage(model, problem, photograph, { samples: 4, seed: 1, degrade: true });
 * // [4, 1, 768, 1024]
 */
export async function restoreImage(
  model: VariationalFlowMap,
  problem: Problem,
  image: HostArray,
  options: RestoreImageOptions,
): Promise<RestoredImage> {
  checkPosteriorModel("restoreImage", model);
  classOf(model, problem);
  checkOptions("restoreImage", options, restoreRules, ["samples", "seed"]);
  const { degrade = false, overlap: _overlap, sharedNoise: shared = true, keepVariance, onBatch, ...sampler } = options;
  const { samples, seed } = sampler;
  const shape = imageShapeOfModel(model);
  checkImages(problem, image, "the image");
  const [channels, height, width] = image.shape;
  if (image.shape.length !== 3 || channels !== shape[0])
    throw new ShapeError(
      `restoreImage: the image is [${image.shape.join(", ")}], the model's are [${shape.join(", ")}]: give [${shape[0]}, height, width]`,
    );
  const tiling = imageTiling(model, problem, { height, width }, options);
  const cut = cutTo(image, tiling.image);
  const atOnce = Math.max(1, Math.floor(mostAtOnce / samples));
  const observation = degrade
    ? await observeTiles(problem, tiling, cut, seed, atOnce, engineOf(options))
    : seenTiles(problem, tiling, cut);
  const noise = sharedNoise(tiling.image, shape, samples, seed);
  const blend = blendTiles(tiling.rows, tiling.columns, channels, samples, keepVariance);
  let done = 0;
  for (const { items, filled } of chunksOf(tiling.tiles, atOnce)) {
    onBatch?.(done / tiling.tiles.length);
    const drawn = await samplePosterior(model, await observation.of(items), {
      ...sampler,
      update: degrade,
      batchSize: items.length * samples,
      ...(shared ? { noise: noise.of(items) } : { seed: seed + done }),
    });
    for (let i = 0; i < filled; i++) {
      const [, ...each] = drawn.samples.shape;
      blend.add(items[i], { shape: each, data: takeRows(drawn.samples, [i]).data });
    }
    done += filled;
  }
  return { samples: blend.result(), observation: observation.shown, tiles: tiling.tiles.length };
}

/**
 * Splits an image into tiles of the model's size.
 *
 * @param name the image's name, for messages
 * @throws InputError if the image is smaller than the model's or too large for memory, or the overlap is too large
 */
export function imageTiling(
  model: VariationalFlowMap,
  problem: Problem,
  size: Size,
  { samples, overlap = 0.5 }: Pick<RestoreImageOptions, "samples" | "overlap">,
  name = "the image",
): Tiling {
  const tile = imageShapeOfModel(model);
  const [channels, height, width] = tile;
  const values = channels * size.height * size.width * samples;
  if (values > mostValues)
    throw new InputError(
      `${name} is ${size.width} x ${size.height} pixels: ${samples} samples of it are ${values} numbers, at most ${mostValues} are kept: draw fewer or make it smaller`,
    );
  if (size.height < height || size.width < width)
    throw new InputError(
      `${name} is ${size.width} x ${size.height} pixels, smaller than the model's ${width} x ${height}: enlarge it or leave it out`,
    );
  const overlaps = { height: Math.floor(overlap * height), width: Math.floor(overlap * width) };
  return tilingOf(size, tile, overlaps, tileSteps(model, problem));
}

/** The upper left part of an image. */
function cutTo(image: HostArray, size: Size): HostArray {
  const [channels, height, width] = image.shape;
  if (height === size.height && width === size.width) return image;
  const shape = [channels, size.height, size.width];
  const data = new Float32Array(sizeOf(shape));
  copyWindow(image, { top: 0, left: 0 }, size, data);
  return { shape, data };
}
