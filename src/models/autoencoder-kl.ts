import { z } from "zod";
import { add, clip, div, exp, mul, type NDArray, type RandomSource, splitAxis } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  convolution,
  type ConvolutionParameters,
  initialiseConvolution,
  initialiseNormalisation,
  type NormalisationParameters,
} from "../nn/index.js";
import { positiveInteger } from "../schema.js";
import {
  applyAutoencoderBlock,
  applyAutoencoderMiddle,
  type AutoencoderBlock,
  type AutoencoderMiddle,
  enlargeImage,
  initialiseAutoencoderBlock,
  initialiseAutoencoderMiddle,
  normaliseAndActivate,
  shrinkImage,
} from "./autoencoder-layers.js";

/**
 * The autoencoder of latent diffusion (Rombach et al. 2022, "AutoencoderKL"), whose latents are the data of a flow map. The
 * defaults are those of SD-VAE at 256 pixels.
 */
export const autoencoderKlSchema = z
  .strictObject({
    model: z.literal("autoencoder-kl"),
    /** [channels, height, width] of an image. */
    imageShape: z.tuple([positiveInteger, positiveInteger, positiveInteger]).default([3, 256, 256]),
    /** Channels of each level; each level halves the image's height and width. */
    channels: z.array(positiveInteger).min(1).default([128, 256, 512, 512]),
    /** Number of residual blocks at each level of the encoder; the decoder has one more. */
    blocks: positiveInteger.default(2),
    /** Number of groups of the normalisations; it divides the channels of every level. */
    groups: positiveInteger.default(32),
    latentChannels: positiveInteger.default(4),
    /** Factor of the latents, which gives them a variance of about 1. */
    scale: z.number().positive().default(0.18215),
  })
  .refine(({ channels, groups }) => channels.every((width) => width % groups === 0), {
    path: ["groups"],
    message: "must divide the channels of every level",
  })
  .refine(
    ({ imageShape: [, height, width], channels }) => [height, width].every((side) => side % halving(channels) === 0),
    { path: ["imageShape"], message: "height and width must be multiples of 2^(levels - 1)" },
  );

/** Configuration of the autoencoder. */
export type AutoencoderKlConfig = z.output<typeof autoencoderKlSchema>;

/** Parameters of the encoder, with their published names. */
export type EncoderParameters = {
  conv_in: ConvolutionParameters;
  down_blocks: { resnets: AutoencoderBlock[]; downsamplers?: [{ conv: ConvolutionParameters }] }[];
  mid_block: AutoencoderMiddle;
  conv_norm_out: NormalisationParameters;
  conv_out: ConvolutionParameters;
};

/** Parameters of the decoder, with their published names. */
export type DecoderParameters = {
  conv_in: ConvolutionParameters;
  mid_block: AutoencoderMiddle;
  up_blocks: { resnets: AutoencoderBlock[]; upsamplers?: [{ conv: ConvolutionParameters }] }[];
  conv_norm_out: NormalisationParameters;
  conv_out: ConvolutionParameters;
};

/** Parameters of the autoencoder, with their published names. */
export type AutoencoderKlParameters = {
  encoder: EncoderParameters;
  quant_conv: ConvolutionParameters;
  post_quant_conv: ConvolutionParameters;
  decoder: DecoderParameters;
};

/** The parameters that `decodeLatents` uses. */
export type LatentDecoderParameters = Pick<AutoencoderKlParameters, "post_quant_conv" | "decoder">;

const halving = (channels: readonly number[]): number => 2 ** (channels.length - 1);

/** [channels, height, width] of the latents of one image. */
export function latentShape({ imageShape, channels, latentChannels }: AutoencoderKlConfig): [number, number, number] {
  const [, height, width] = imageShape;
  return [latentChannels, height / halving(channels), width / halving(channels)];
}

/** Initial parameters of the autoencoder. */
export function initialiseAutoencoderKl(
  config: AutoencoderKlConfig,
  random: RandomSource,
): Hosted<AutoencoderKlParameters> {
  const { latentChannels } = config;
  return {
    encoder: initialiseEncoder(config, random),
    quant_conv: initialiseConvolution(random, 2 * latentChannels, 2 * latentChannels, 1),
    post_quant_conv: initialiseConvolution(random, latentChannels, latentChannels, 1),
    decoder: initialiseDecoder(config, random),
  };
}

function initialiseEncoder(config: AutoencoderKlConfig, random: RandomSource): Hosted<EncoderParameters> {
  const { imageShape, channels, blocks, latentChannels } = config;
  const last = channels.length - 1;
  const level = (width: number, i: number): Hosted<EncoderParameters["down_blocks"][number]> => ({
    resnets: chain(random, channels[i - 1] ?? channels[0], width, blocks),
    ...(i < last ? { downsamplers: [{ conv: initialiseConvolution(random, width, width, 3) }] } : {}),
  });
  return {
    conv_in: initialiseConvolution(random, imageShape[0], channels[0], 3),
    down_blocks: channels.map(level),
    mid_block: initialiseAutoencoderMiddle(random, channels[last]),
    conv_norm_out: initialiseNormalisation(channels[last]),
    conv_out: initialiseConvolution(random, channels[last], 2 * latentChannels, 3),
  };
}

function initialiseDecoder(config: AutoencoderKlConfig, random: RandomSource): Hosted<DecoderParameters> {
  const { imageShape, blocks, latentChannels } = config;
  const channels = config.channels.toReversed();
  const last = channels.length - 1;
  const level = (width: number, i: number): Hosted<DecoderParameters["up_blocks"][number]> => ({
    resnets: chain(random, channels[i - 1] ?? channels[0], width, blocks + 1),
    ...(i < last ? { upsamplers: [{ conv: initialiseConvolution(random, width, width, 3) }] } : {}),
  });
  return {
    conv_in: initialiseConvolution(random, latentChannels, channels[0], 3),
    mid_block: initialiseAutoencoderMiddle(random, channels[0]),
    up_blocks: channels.map(level),
    conv_norm_out: initialiseNormalisation(channels[last]),
    conv_out: initialiseConvolution(random, channels[last], imageShape[0], 3),
  };
}

function chain(random: RandomSource, inputs: number, outputs: number, count: number): Hosted<AutoencoderBlock>[] {
  return Array.from({ length: count }, (_, i) =>
    initialiseAutoencoderBlock(random, i === 0 ? inputs : outputs, outputs),
  );
}

/**
 * The latents of images, drawn from the encoder's posterior: z = scale (mean + exp(log variance / 2) noise), with the
 * log variance clamped to [-30, 20].
 *
 * @param x images, [B, ...imageShape], values in [-1, 1]
 * @param noise standard normal, [B, ...latentShape]; zeros give the posterior's mean
 * @returns [B, ...latentShape]
 */
export function encodeImages(
  { groups, scale }: Pick<AutoencoderKlConfig, "groups" | "scale">,
  { encoder, quant_conv }: Pick<AutoencoderKlParameters, "encoder" | "quant_conv">,
  x: NDArray,
  noise: NDArray,
): NDArray {
  let hidden = convolution(encoder.conv_in, x);
  for (const { resnets, downsamplers } of encoder.down_blocks) {
    hidden = run(resnets, hidden, groups);
    if (downsamplers !== undefined) hidden = shrinkImage(downsamplers[0].conv, hidden);
  }
  hidden = applyAutoencoderMiddle(encoder.mid_block, hidden, groups);
  const output = convolution(encoder.conv_out, normaliseAndActivate(encoder.conv_norm_out, hidden, groups));
  const [mean, logVariance] = splitAxis(convolution(quant_conv, output), 2, 1);
  const deviation = exp(mul(clip(logVariance, -30, 20), 0.5));
  return mul(add(mean, mul(deviation, noise)), scale);
}

/** Decodes latents to images. z: [B, ...latentShape] -> [B, ...imageShape], values in about [-1, 1]. */
export function decodeLatents(
  { groups, scale }: Pick<AutoencoderKlConfig, "groups" | "scale">,
  { post_quant_conv, decoder }: LatentDecoderParameters,
  z: NDArray,
): NDArray {
  let hidden = convolution(decoder.conv_in, convolution(post_quant_conv, div(z, scale)));
  hidden = applyAutoencoderMiddle(decoder.mid_block, hidden, groups);
  for (const { resnets, upsamplers } of decoder.up_blocks) {
    hidden = run(resnets, hidden, groups);
    if (upsamplers !== undefined) hidden = enlargeImage(upsamplers[0].conv, hidden);
  }
  return convolution(decoder.conv_out, normaliseAndActivate(decoder.conv_norm_out, hidden, groups));
}

function run(blocks: readonly AutoencoderBlock[], x: NDArray, groups: number): NDArray {
  return blocks.reduce((hidden, block) => applyAutoencoderBlock(block, hidden, groups), x);
}
