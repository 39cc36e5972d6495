import {
  add,
  broadcastTo,
  matmul,
  mul,
  type NDArray,
  type RandomSource,
  reshape,
  silu,
  softmax,
  transpose,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  convolution,
  type ConvolutionParameters,
  groupNorm,
  initialiseConvolution,
  initialiseLinear,
  initialiseNormalisation,
  linear,
  type LinearParameters,
  type NormalisationParameters,
} from "../nn/index.js";

const epsilon = 1e-6;

/** A residual block without conditioning, with its published names. */
export type AutoencoderBlock = {
  norm1: NormalisationParameters;
  conv1: ConvolutionParameters;
  norm2: NormalisationParameters;
  conv2: ConvolutionParameters;
  conv_shortcut?: ConvolutionParameters;
};

/** Self-attention with one head over all pixels, with its published names. */
export type AutoencoderAttention = {
  group_norm: NormalisationParameters;
  to_q: LinearParameters;
  to_k: LinearParameters;
  to_v: LinearParameters;
  to_out: { 0: LinearParameters };
};

/** The middle of encoder and decoder: block, attention, block. */
export type AutoencoderMiddle = {
  resnets: [AutoencoderBlock, AutoencoderBlock];
  attentions: [AutoencoderAttention];
};

/** Group normalisation with the autoencoder's epsilon, then SiLU. x: [B, C, H, W] -> the same. */
export function normaliseAndActivate(norm: NormalisationParameters, x: NDArray, groups: number): NDArray {
  return silu(groupNorm(norm, x, groups, epsilon));
}

/** Initial parameters of a residual block. */
export function initialiseAutoencoderBlock(
  random: RandomSource,
  inputs: number,
  outputs: number,
): Hosted<AutoencoderBlock> {
  return {
    norm1: initialiseNormalisation(inputs),
    conv1: initialiseConvolution(random, inputs, outputs, 3),
    norm2: initialiseNormalisation(outputs),
    conv2: initialiseConvolution(random, outputs, outputs, 3),
    ...(inputs === outputs ? {} : { conv_shortcut: initialiseConvolution(random, inputs, outputs, 1) }),
  };
}

/** Twice: group norm - SiLU - convolution; added to the input. x: [B, inputs, H, W] -> [B, outputs, H, W]. */
export function applyAutoencoderBlock(block: AutoencoderBlock, x: NDArray, groups: number): NDArray {
  const first = convolution(block.conv1, normaliseAndActivate(block.norm1, x, groups));
  const second = convolution(block.conv2, normaliseAndActivate(block.norm2, first, groups));
  return add(block.conv_shortcut === undefined ? x : convolution(block.conv_shortcut, x), second);
}

/** Initial parameters of the middle. */
export function initialiseAutoencoderMiddle(random: RandomSource, channels: number): Hosted<AutoencoderMiddle> {
  const square = (): Hosted<LinearParameters> => initialiseLinear(random, channels, channels);
  const block = (): Hosted<AutoencoderBlock> => initialiseAutoencoderBlock(random, channels, channels);
  return {
    resnets: [block(), block()],
    attentions: [
      {
        group_norm: initialiseNormalisation(channels),
        to_q: square(),
        to_k: square(),
        to_v: square(),
        to_out: { 0: square() },
      },
    ],
  };
}

/** Block, attention, block. x: [B, C, H, W] -> the same. */
export function applyAutoencoderMiddle(
  { resnets: [before, after], attentions: [attention] }: AutoencoderMiddle,
  x: NDArray,
  groups: number,
): NDArray {
  const attended = attendToPixels(attention, applyAutoencoderBlock(before, x, groups), groups);
  return applyAutoencoderBlock(after, attended, groups);
}

// softmax(q k^T / sqrt(C)) v over the pixels, added to the input.
function attendToPixels(attention: AutoencoderAttention, x: NDArray, groups: number): NDArray {
  const [batch, channels, height, width] = x.shape;
  const flat = reshape(groupNorm(attention.group_norm, x, groups, epsilon), [batch, channels, height * width]);
  const pixels = transpose(flat, [0, 2, 1]);
  const [q, k, v] = [attention.to_q, attention.to_k, attention.to_v].map((layer) => linear(layer, pixels));
  const weights = softmax(matmul(mul(q, 1 / Math.sqrt(channels)), transpose(k, [0, 2, 1])));
  const mixed = linear(attention.to_out[0], matmul(weights, v));
  return add(x, reshape(transpose(mixed, [0, 2, 1]), x.shape));
}

/**
 * Halves the image: zeros below and to the right, then a 3 x 3 convolution of stride 2. [B, C, H, W] -> [B, C, H/2,
 * W/2].
 */
export function shrinkImage(layer: ConvolutionParameters, x: NDArray): NDArray {
  const padding: [number, number][] = [
    [0, 1],
    [0, 1],
  ];
  return convolution(layer, x, { stride: 2, padding });
}

/** Doubles the image: every pixel is repeated, then a 3 x 3 convolution. [B, C, H, W] -> [B, C, 2 H, 2 W]. */
export function enlargeImage(layer: ConvolutionParameters, x: NDArray): NDArray {
  const [batch, channels, height, width] = x.shape;
  const repeated = broadcastTo(reshape(x, [batch, channels, height, 1, width, 1]), [
    batch,
    channels,
    height,
    2,
    width,
    2,
  ]);
  return convolution(layer, reshape(repeated, [batch, channels, 2 * height, 2 * width]));
}
