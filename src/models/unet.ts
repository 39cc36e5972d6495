import { z } from "zod";
import { type NDArray, type RandomSource } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { positiveInteger } from "../schema.js";
import { type NoiseDistribution } from "../vfm/index.js";
import { gaussianFromChannels } from "./adapter.js";
import {
  initialiseProblemEmbedding,
  initialiseTimePair,
  problemEmbedding,
  type ProblemEmbeddingParameters,
  timePairEmbedding,
  type TimePairParameters,
} from "./conditioning.js";
import { applyUNet, initialiseUNet, type UNetParameters } from "./unet-trunk.js";

/** The entries in the configuration of every U-Net. */
export const unetSizes = {
  patch: positiveInteger.default(1),
  channels: positiveInteger.default(64),
  multipliers: z.array(positiveInteger).min(1).default([1, 2, 2]),
  blocks: positiveInteger.default(1),
  groups: positiveInteger.default(8),
  embedding: positiveInteger.default(128),
  bottleneck: z.enum(["convolution", "mixer", "dense"]).default("convolution"),
};
/** [channels, height, width]. */
export const unetImageShape = z.tuple([positiveInteger, positiveInteger, positiveInteger]);

interface Checked {
  channels: number;
  multipliers: readonly number[];
  groups: number;
}

/** Whether the groups of the normalisations divide the channels of every level. */
export const dividesChannels = ({ channels, multipliers, groups }: Checked): boolean =>
  multipliers.every((multiplier) => (channels * multiplier) % groups === 0);
export const dividesChannelsMessage = { path: ["groups"], message: "must divide the channels of every level" };

/** A small convolutional U-Net flow map. */
export const flowUNetSchema = z
  .strictObject({
    model: z.literal("unet"),
    /** [channels, height, width] of an image. */
    shape: unetImageShape,
    ...unetSizes,
    /** Whether the network predicts data (see `predictData`) or the mean velocity itself. */
    predict: z.enum(["data", "velocity"]).default("data"),
  })
  .refine(dividesChannels, dividesChannelsMessage);

/** Configuration of the U-Net flow map. */
export type FlowUNetConfig = z.output<typeof flowUNetSchema>;

/** Parameters of the U-Net flow map. */
export type FlowUNetParameters = { times: TimePairParameters; unet: UNetParameters };

/** Initial parameters of the U-Net flow map; its output starts as 0. */
export function initialiseFlowUNet(config: FlowUNetConfig, random: RandomSource): Hosted<FlowUNetParameters> {
  const [channels, height, width] = config.shape;
  return {
    times: initialiseTimePair(random, config.embedding),
    unet: initialiseUNet(config, random, { inputs: channels, outputs: channels, height, width }),
  };
}

/** The network's raw output. x: [B, C, H, W], r, t: [B] -> [B, C, H, W]. */
export function applyFlowUNet(
  config: FlowUNetConfig,
  { times, unet }: FlowUNetParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
): NDArray {
  return applyUNet(config, unet, x, timePairEmbedding(times, r, t));
}

/** A noise adapter for noise of the image's own size: the whole U-Net, conditioned on the problem. */
export const adapterUNetSchema = z
  .strictObject({
    model: z.literal("unet"),
    /** [channels, height, width] of A^T y and of the noise. */
    shape: unetImageShape,
    /** Number of problem classes. */
    problems: positiveInteger.default(6),
    ...unetSizes,
  })
  .refine(dividesChannels, dividesChannelsMessage);

/** Configuration of the U-Net adapter. */
export type AdapterUNetConfig = z.output<typeof adapterUNetSchema>;

/** Parameters of the U-Net adapter. */
export type AdapterUNetParameters = ProblemEmbeddingParameters & { unet: UNetParameters };

/** Initial parameters of the U-Net adapter; its output starts as 0, so that q(z | y) starts as N(0, I). */
export function initialiseAdapterUNet(config: AdapterUNetConfig, random: RandomSource): Hosted<AdapterUNetParameters> {
  const [channels, height, width] = config.shape;
  return {
    ...initialiseProblemEmbedding(random, config),
    unet: initialiseUNet(config, random, { inputs: channels, outputs: 2 * channels, height, width }),
  };
}

/** q(z | y, c). aty: [B, C, H, W], problem: int32 [B] -> mean and log sigma, both [B, C, H, W]. */
export function applyAdapterUNet(
  config: AdapterUNetConfig,
  parameters: AdapterUNetParameters,
  aty: NDArray,
  problem: NDArray,
): NoiseDistribution {
  return gaussianFromChannels(applyUNet(config, parameters.unet, aty, problemEmbedding(parameters, problem)));
}
