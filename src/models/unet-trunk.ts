import { add, concatenate, type NDArray, pad, type RandomSource, reshape, silu, sliceAxis } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  convolution,
  type ConvolutionParameters,
  depthToSpace,
  groupNorm,
  type FilmParameters,
  gainAndOffset,
  initialiseConvolution,
  initialiseFilm,
  initialiseLinear,
  initialiseNormalisation,
  linear,
  type LinearParameters,
  type NormalisationParameters,
  spaceToDepth,
  zeroInitialiser,
} from "../nn/index.js";

/** The sizes of a conditioned U-Net. */
export interface UNetSizes {
  /** Side of the patches that become channels before the first level (1: none). */
  patch: number;
  /** Channels of a level whose multiplier is 1. */
  channels: number;
  /** Channels of each level, as multiples of `channels`; the image halves from level to level. */
  multipliers: readonly number[];
  /** Number of residual blocks at each level, on the way down and again on the way up. */
  blocks: number;
  /** Number of groups of the normalisations; it divides the channels of every level. */
  groups: number;
  /** Size of the embedding that the blocks are conditioned on. */
  embedding: number;
  /** The layer that mixes distant pixels at the lowest resolution, besides a convolution block. */
  bottleneck: "convolution" | "mixer" | "dense";
}

type ResidualBlock = {
  norm1: NormalisationParameters;
  conv1: ConvolutionParameters;
  /** Gain and offset of the second normalisation, from the embedding. */
  film: FilmParameters;
  conv2: ConvolutionParameters;
};

/** Two layers over all pixels: of each channel (mixer), or of all channels of a narrow copy (dense). */
type BottleneckParameters = {
  norm: NormalisationParameters;
  narrow?: ConvolutionParameters;
  first: LinearParameters;
  second: LinearParameters;
  widen?: ConvolutionParameters;
};

type DownLevel = { blocks: ResidualBlock[]; shrink?: ConvolutionParameters };
type UpLevel = { merge: ConvolutionParameters; blocks: ResidualBlock[]; grow?: ConvolutionParameters };

/** Parameters of the U-Net. */
export type UNetParameters = {
  input: ConvolutionParameters;
  down: DownLevel[];
  middle: ResidualBlock[];
  bottleneck?: BottleneckParameters;
  up: UpLevel[];
  normOut: NormalisationParameters;
  output: ConvolutionParameters;
};

/** Number of channels of each pixel in the dense bottleneck. */
const denseChannels = 8;
const denseWidth = 512;
const mixerExpansion = 2;

/** Initial parameters of the U-Net from [inputs, height, width] to [outputs, height, width]; the output starts as 0. */
export function initialiseUNet(
  sizes: UNetSizes,
  random: RandomSource,
  image: { inputs: number; outputs: number; height: number; width: number },
): Hosted<UNetParameters> {
  const { patch, multipliers, embedding } = sizes;
  const widths = multipliers.map((multiplier) => multiplier * sizes.channels);
  const lowest = widths.length - 1;
  const blocks = (channels: number): Hosted<ResidualBlock>[] =>
    Array.from({ length: sizes.blocks }, () => initialiseBlock(random, channels, embedding));
  const unit = patch * 2 ** lowest;
  const pixels = Math.ceil(image.height / unit) * Math.ceil(image.width / unit);
  const bottleneck = initialiseBottleneck(sizes.bottleneck, random, widths[lowest], pixels);
  return {
    input: initialiseConvolution(random, image.inputs * patch ** 2, widths[0], 3),
    down: widths.map((channels, level) => ({
      blocks: blocks(channels),
      ...(level < lowest ? { shrink: initialiseConvolution(random, 4 * channels, widths[level + 1], 1) } : {}),
    })),
    middle: [initialiseBlock(random, widths[lowest], embedding)],
    ...(bottleneck === undefined ? {} : { bottleneck }),
    up: widths
      .map((channels, level) => ({
        merge: initialiseConvolution(random, 2 * channels, channels, 1),
        blocks: blocks(channels),
        ...(level > 0 ? { grow: initialiseConvolution(random, channels, 4 * widths[level - 1], 1) } : {}),
      }))
      .reverse(),
    normOut: initialiseNormalisation(widths[0]),
    output: initialiseConvolution(random, widths[0], image.outputs * patch ** 2, 3, zeroInitialiser),
  };
}

/**
 * The U-Net: an image and an embedding to an image of the same size.
 *
 * The resolution changes by moving 2 x 2 patches into channels and back, each time with a 1 x 1 convolution. This is a
 * matrix product, whereas the gradient of a strided convolution would be a dilated convolution.
 *
 * An image whose sides are not multiples of patch * 2^(levels - 1) is padded with zeros below and on the right, and the
 * result is cropped.
 *
 * @param x [B, inputs, H, W]
 * @param embedding [B, E]
 * @returns [B, outputs, H, W]
 */
export function applyUNet(
  { patch, groups }: Pick<UNetSizes, "patch" | "groups">,
  parameters: UNetParameters,
  x: NDArray,
  embedding: NDArray,
): NDArray {
  const run = (blocks: ResidualBlock[], start: NDArray): NDArray =>
    blocks.reduce((hidden, block) => applyBlock(block, hidden, embedding, groups), start);
  const [height, width] = x.shape.slice(2);
  const unit = patch * 2 ** (parameters.down.length - 1);
  let hidden = convolution(parameters.input, spaceToDepth(filledUp(x, unit), patch));
  const skips: NDArray[] = [];
  for (const { blocks, shrink } of parameters.down) {
    hidden = run(blocks, hidden);
    skips.unshift(hidden);
    if (shrink !== undefined) hidden = convolution(shrink, spaceToDepth(hidden, 2));
  }
  hidden = run(parameters.middle, hidden);
  if (parameters.bottleneck !== undefined) hidden = applyBottleneck(parameters.bottleneck, hidden, groups);
  parameters.up.forEach(({ merge, blocks, grow }, i) => {
    hidden = run(blocks, convolution(merge, concatenate([hidden, skips[i]], 1)));
    if (grow !== undefined) hidden = depthToSpace(convolution(grow, hidden), 2);
  });
  const output = convolution(parameters.output, silu(groupNorm(parameters.normOut, hidden, groups)));
  return cropped(depthToSpace(output, patch), height, width);
}

/** Pads with zeros below and on the right until `unit` divides both sides. */
function filledUp(x: NDArray, unit: number): NDArray {
  const missing = x.shape.slice(2).map((side): [number, number] => [0, (unit - (side % unit)) % unit]);
  return missing.every(([, after]) => after === 0) ? x : pad(x, [[0, 0], [0, 0], ...missing]);
}

function cropped(x: NDArray, height: number, width: number): NDArray {
  const rows = x.shape[2] === height ? x : sliceAxis(x, 2, 0, height);
  return x.shape[3] === width ? rows : sliceAxis(rows, 3, 0, width);
}

function initialiseBlock(random: RandomSource, channels: number, embedding: number): Hosted<ResidualBlock> {
  return {
    norm1: initialiseNormalisation(channels),
    conv1: initialiseConvolution(random, channels, channels, 3),
    film: initialiseFilm(random, embedding, channels),
    conv2: initialiseConvolution(random, channels, channels, 3, zeroInitialiser),
  };
}

// Group norm - SiLU - convolution - FiLM of a second group norm - SiLU - convolution, added to the input.
function applyBlock(block: ResidualBlock, x: NDArray, embedding: NDArray, groups: number): NDArray {
  const inner = convolution(block.conv1, silu(groupNorm(block.norm1, x, groups)));
  const [weight, bias] = gainAndOffset(block.film, embedding);
  const result = convolution(block.conv2, silu(groupNorm({ weight, bias }, inner, groups)));
  return add(x, result);
}

function initialiseBottleneck(
  kind: UNetSizes["bottleneck"],
  random: RandomSource,
  channels: number,
  pixels: number,
): Hosted<BottleneckParameters> | undefined {
  if (kind === "convolution") return undefined;
  const dense = kind === "dense";
  const inputs = dense ? denseChannels * pixels : pixels;
  const width = dense ? denseWidth : mixerExpansion * pixels;
  const outer = dense
    ? {
        narrow: initialiseConvolution(random, channels, denseChannels, 1),
        widen: initialiseConvolution(random, denseChannels, channels, 1, zeroInitialiser),
      }
    : {};
  return {
    norm: initialiseNormalisation(channels),
    first: initialiseLinear(random, inputs, width),
    second: initialiseLinear(random, width, inputs, dense ? undefined : zeroInitialiser),
    ...outer,
  };
}

function applyBottleneck(bottleneck: BottleneckParameters, x: NDArray, groups: number): NDArray {
  const normalised = groupNorm(bottleneck.norm, x, groups);
  const { narrow, widen, first, second } = bottleneck;
  const inside = narrow === undefined ? normalised : convolution(narrow, normalised);
  const [batch, channels, height, width] = inside.shape;
  const rows = reshape(inside, narrow === undefined ? [batch * channels, height * width] : [batch, -1]);
  const mixed = reshape(linear(second, silu(linear(first, rows))), [batch, channels, height, width]);
  return add(x, widen === undefined ? mixed : convolution(widen, mixed));
}
