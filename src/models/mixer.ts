import { z } from "zod";
import { add, mul, type NDArray, type RandomSource, silu, splitAxis, transpose } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  initialiseLinear,
  layerNorm,
  linear,
  type LinearParameters,
  modulate,
  patchify,
  perToken,
  unpatchify,
  xavierUniform,
  zeroInitialiser,
} from "../nn/index.js";
import { positiveInteger } from "../schema.js";
import { initialiseTimePair, timePairEmbedding, type TimePairParameters } from "./conditioning.js";

/**
 * An MLP-Mixer (Tolstikhin et al. 2021) over patches with adaptive layer norms; every expensive step is a matrix
 * product.
 */
export const mixerSchema = z
  .strictObject({
    model: z.literal("mixer"),
    /** [channels, height, width] of an image. */
    shape: z.tuple([positiveInteger, positiveInteger, positiveInteger]),
    /** Side of a patch in pixels. */
    patch: positiveInteger.default(4),
    /** Size of a token. */
    width: positiveInteger.default(192),
    /** Number of blocks. */
    depth: positiveInteger.default(6),
    /**
     * Hidden sizes of the layers across tokens and across channels, as multiples of the number of tokens and channels.
     */
    tokenExpansion: positiveInteger.default(2),
    channelExpansion: positiveInteger.default(2),
    /** Size of the embedding of the times. */
    embedding: positiveInteger.default(128),
    /** Whether the network predicts data (see `predictData`) or the mean velocity itself. */
    predict: z.enum(["data", "velocity"]).default("data"),
  })
  .refine(({ shape: [, height, width], patch }) => height % patch === 0 && width % patch === 0, {
    path: ["patch"],
    message: "must divide height and width",
  });

/** Configuration of the mixer. */
export type MixerConfig = z.output<typeof mixerSchema>;

type TwoLayers = { first: LinearParameters; second: LinearParameters };

/** A block: layers across tokens, then across channels; shift, scale and gate of both come from `modulation`. */
export type MixerBlock = { modulation: LinearParameters; tokens: TwoLayers; channels: TwoLayers };

/** Parameters of the mixer. */
export type MixerParameters = {
  times: TimePairParameters;
  input: LinearParameters;
  blocks: MixerBlock[];
  outputModulation: LinearParameters;
  output: LinearParameters;
};

/** Initial parameters: every block starts as the identity (adaLN-Zero) and the output as 0. */
export function initialiseMixer(config: MixerConfig, random: RandomSource): Hosted<MixerParameters> {
  const { patch, width, embedding } = config;
  const [channels, height, imageWidth] = config.shape;
  const tokens = (height * imageWidth) / patch ** 2;
  const pixels = channels * patch ** 2;
  const twoLayers = (size: number, expansion: number): Hosted<TwoLayers> => ({
    first: initialiseLinear(random, size, expansion * size, xavierUniform),
    second: initialiseLinear(random, expansion * size, size, xavierUniform),
  });
  return {
    times: initialiseTimePair(random, embedding),
    input: initialiseLinear(random, pixels, width, xavierUniform),
    blocks: Array.from({ length: config.depth }, () => ({
      modulation: initialiseLinear(random, embedding, 6 * width, zeroInitialiser),
      tokens: twoLayers(tokens, config.tokenExpansion),
      channels: twoLayers(width, config.channelExpansion),
    })),
    outputModulation: initialiseLinear(random, embedding, 2 * width, zeroInitialiser),
    output: initialiseLinear(random, width, pixels, zeroInitialiser),
  };
}

/** The network's raw output. x: [B, C, H, W], r, t: [B] -> [B, C, H, W]. */
export function applyMixer(
  { patch }: Pick<MixerConfig, "patch">,
  { times, input, blocks, outputModulation, output }: MixerParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
): NDArray {
  const [, , height, width] = x.shape;
  const embedding = timePairEmbedding(times, r, t);
  let hidden = linear(input, patchify(x, patch));
  for (const block of blocks) {
    const [shift1, scale1, gate1, shift2, scale2, gate2] = splitAxis(linear(block.modulation, embedding), 6, 1);
    const columns = transpose(modulate(layerNorm(hidden), shift1, scale1), [0, 2, 1]);
    const acrossTokens = transpose(twoLayers(block.tokens, columns), [0, 2, 1]);
    hidden = add(hidden, mul(acrossTokens, perToken(gate1, hidden)));
    const acrossChannels = twoLayers(block.channels, modulate(layerNorm(hidden), shift2, scale2));
    hidden = add(hidden, mul(acrossChannels, perToken(gate2, hidden)));
  }
  const [shift, scale] = splitAxis(linear(outputModulation, embedding), 2, 1);
  return unpatchify(linear(output, modulate(layerNorm(hidden), shift, scale)), patch, height, width);
}

function twoLayers({ first, second }: TwoLayers, x: NDArray): NDArray {
  return linear(second, silu(linear(first, x)));
}
