import { z } from "zod";
import { add, type NDArray, type RandomSource, silu } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  convolution,
  type ConvolutionParameters,
  film,
  type FilmParameters,
  groupNorm,
  initialiseConvolution,
  initialiseFilm,
  initialiseLinear,
  initialiseNormalisation,
  labelEmbedding,
  linear,
  type LinearParameters,
  type NormalisationParameters,
  normalWeights,
  zeroInitialiser,
} from "../nn/index.js";
import { positiveInteger } from "../schema.js";
import { expandSize } from "./named-size.js";
import { type NoiseDistribution } from "../vfm/index.js";
import { gaussianFromChannels } from "./adapter.js";

/** Number of groups of the normalisations, or the number of channels if that is smaller. */
const groups = 32;

/** The published sizes of the adapter: small, base and large. */
export const adapterEncoderSizes = {
  small: { channels: 32, blocks: 1, embedding: 128 },
  base: { channels: 64, blocks: 2, embedding: 256 },
  large: { channels: 128, blocks: 3, embedding: 512 },
} as const;

/** The published adapter: the encoder half of a U-Net, from an image A^T y to the size of the noise. */
export const adapterEncoderSchema = z.preprocess(
  (config) => expandSize(adapterEncoderSizes, config),
  z
    .strictObject({
      model: z.literal("adapter-unet"),
      /** [channels, height, width] of A^T y. */
      observationShape: z.tuple([positiveInteger, positiveInteger, positiveInteger]),
      /** [channels, height, width] of the noise: the image's height and width, or these halved several times. */
      shape: z.tuple([positiveInteger, positiveInteger, positiveInteger]),
      /** Number of problem classes. */
      problems: positiveInteger.default(6),
      /** A published size, in place of channels, blocks and embedding. */
      size: z.literal(Object.keys(adapterEncoderSizes)).optional(),
      /** Channels of a level whose multiplier is 1. */
      channels: positiveInteger.default(32),
      /** Channels of each level, as multiples of `channels`. */
      multipliers: z.array(positiveInteger).min(1).default([1, 2, 4, 4]),
      /** Number of residual blocks at each level. */
      blocks: positiveInteger.default(1),
      /** Size of the embedding of the problem. */
      embedding: positiveInteger.default(128),
    })
    .refine(({ observationShape, shape, multipliers }) => halvings(observationShape, shape) <= multipliers.length, {
      path: ["shape"],
      message: "must be the observation's size halved at most once a level",
    })
    .refine(
      ({ channels, multipliers }) => multipliers.every((m) => (channels * m) % Math.min(groups, channels * m) === 0),
      {
        path: ["channels"],
        message: `${groups} must divide the channels of every level that has more`,
      },
    ),
);

/** Configuration of the published adapter. */
export type AdapterEncoderConfig = z.output<typeof adapterEncoderSchema>;

/** A residual block, with its published names. */
export type ResidualBlock = {
  norm1: NormalisationParameters;
  conv1: ConvolutionParameters;
  film1: FilmParameters;
  norm2: NormalisationParameters;
  conv2: ConvolutionParameters;
  film2: FilmParameters;
  shortcut?: ConvolutionParameters;
};

/** Parameters of the published adapter, with their published names. */
export type AdapterEncoderParameters = {
  /** The table of classes, and two linear layers with SiLU after the first. */
  class_embed: { 0: { weight: NDArray }; 1: LinearParameters; 3: LinearParameters };
  conv_in: ConvolutionParameters;
  down_blocks: { res_blocks: ResidualBlock[]; downsample?: ConvolutionParameters }[];
  mid_block1: ResidualBlock;
  mid_block2: ResidualBlock;
  norm_out: NormalisationParameters;
  conv_out: ConvolutionParameters;
};

type Shape = readonly [channels: number, height: number, width: number];

// The number of times that the image is halved to reach the noise's size; infinite if it never does.
function halvings([, height, width]: Shape, [, latentHeight, latentWidth]: Shape): number {
  const steps = Math.log2(height / latentHeight);
  return Number.isInteger(steps) && steps >= 0 && width === latentWidth * 2 ** steps ? steps : Infinity;
}

/** Initial parameters of the published adapter: q(z | y, c) starts as N(0, I), and every FiLM as the identity. */
export function initialiseAdapterEncoder(
  config: AdapterEncoderConfig,
  random: RandomSource,
): Hosted<AdapterEncoderParameters> {
  const { observationShape, shape, problems, blocks, embedding } = config;
  const widths = config.multipliers.map((multiplier) => multiplier * config.channels);
  const last = widths[widths.length - 1];
  const halved = halvings(observationShape, shape);
  const block = (inputs: number, outputs: number): Hosted<ResidualBlock> =>
    initialiseBlock(random, inputs, outputs, embedding);
  return {
    class_embed: {
      0: { weight: normalWeights(random, [problems, embedding], 1) },
      1: initialiseLinear(random, embedding, embedding),
      3: initialiseLinear(random, embedding, embedding),
    },
    conv_in: initialiseConvolution(random, observationShape[0], widths[0], 3),
    down_blocks: widths.map((width, level) => ({
      res_blocks: Array.from({ length: blocks }, (_, i) =>
        block(i > 0 ? width : (widths[level - 1] ?? widths[0]), width),
      ),
      ...(level < halved ? { downsample: initialiseConvolution(random, width, width, 3) } : {}),
    })),
    mid_block1: block(last, last),
    mid_block2: block(last, last),
    norm_out: initialiseNormalisation(last),
    conv_out: initialiseConvolution(random, last, 2 * shape[0], 3, zeroInitialiser),
  };
}

/** q(z | y, c). aty: [B, C, H, W], problem: int32 [B] -> mean and log sigma, both [B, ...shape]. */
export function applyAdapterEncoder(
  parameters: AdapterEncoderParameters,
  aty: NDArray,
  problem: NDArray,
): NoiseDistribution {
  const { class_embed, conv_in, down_blocks, mid_block1, mid_block2, norm_out, conv_out } = parameters;
  const rows = labelEmbedding(class_embed[0].weight, problem);
  const embedding = linear(class_embed[3], silu(linear(class_embed[1], rows)));
  let hidden = convolution(conv_in, aty);
  for (const { res_blocks, downsample } of down_blocks) {
    for (const block of res_blocks) hidden = applyBlock(block, hidden, embedding);
    if (downsample !== undefined) hidden = convolution(downsample, hidden, { stride: 2, padding: 1 });
  }
  const middle = applyBlock(mid_block2, applyBlock(mid_block1, hidden, embedding), embedding);
  return gaussianFromChannels(convolution(conv_out, silu(normalise(norm_out, middle))));
}

function initialiseBlock(
  random: RandomSource,
  inputs: number,
  outputs: number,
  embedding: number,
): Hosted<ResidualBlock> {
  return {
    norm1: initialiseNormalisation(inputs),
    conv1: initialiseConvolution(random, inputs, outputs, 3),
    film1: initialiseFilm(random, embedding, outputs),
    norm2: initialiseNormalisation(outputs),
    conv2: initialiseConvolution(random, outputs, outputs, 3),
    film2: initialiseFilm(random, embedding, outputs),
    ...(inputs === outputs ? {} : { shortcut: initialiseConvolution(random, inputs, outputs, 1) }),
  };
}

// Twice: group norm - SiLU - convolution - FiLM; added to the input.
function applyBlock(block: ResidualBlock, x: NDArray, embedding: NDArray): NDArray {
  const first = film(block.film1, convolution(block.conv1, silu(normalise(block.norm1, x))), embedding);
  const second = film(block.film2, convolution(block.conv2, silu(normalise(block.norm2, first))), embedding);
  return add(block.shortcut === undefined ? x : convolution(block.shortcut, x), second);
}

function normalise(norm: NormalisationParameters, x: NDArray): NDArray {
  return groupNorm(norm, x, Math.min(groups, x.shape[1]));
}
