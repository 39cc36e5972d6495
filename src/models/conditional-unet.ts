import { z } from "zod";
import { add, concatenate, type NDArray, type RandomSource, silu } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { initialiseLinear, labelEmbedding, linear, type LinearParameters, normalWeights } from "../nn/index.js";
import { initialiseTimePair, timePairEmbedding, type TimePairParameters } from "./conditioning.js";
import { predictData } from "./flow-map.js";
import { applyUNet, initialiseUNet, type UNetParameters } from "./unet-trunk.js";
import { dividesChannels, dividesChannelsMessage, unetImageShape, unetSizes } from "./unet.js";

/** A conditional flow map: the flow map's U-Net on the channels of x_t and A^T y. */
export const conditionalUNetSchema = z
  .strictObject({
    model: z.literal("unet"),
    /** [channels, height, width] of an image and of A^T y. */
    shape: unetImageShape,
    /** Number of problem classes. */
    problems: z.int().positive().default(6),
    ...unetSizes,
  })
  .refine(dividesChannels, dividesChannelsMessage);

/** Configuration of the conditional U-Net. */
export type ConditionalUNetConfig = z.output<typeof conditionalUNetSchema>;

/** Parameters of the conditional U-Net; `problems` has one row for each class. */
export type ConditionalUNetParameters = {
  times: TimePairParameters;
  problems: NDArray;
  hidden: LinearParameters;
  unet: UNetParameters;
};

/** Initial parameters of the conditional U-Net, which starts by predicting 0 for the data. */
export function initialiseConditionalUNet(
  config: ConditionalUNetConfig,
  random: RandomSource,
): Hosted<ConditionalUNetParameters> {
  const { shape, embedding, problems } = config;
  const [channels, height, width] = shape;
  return {
    times: initialiseTimePair(random, embedding),
    problems: normalWeights(random, [problems, embedding], 1),
    hidden: initialiseLinear(random, embedding, embedding),
    unet: initialiseUNet(config, random, { inputs: 2 * channels, outputs: channels, height, width }),
  };
}

/**
 * The mean velocity u(x_t, r, t | A^T y, c) of a network that predicts data (see `predictData`).
 * x, aty: [B, C, H, W], r, t: [B], problem: int32 [B] -> [B, C, H, W].
 */
export function applyConditionalUNet(
  config: ConditionalUNetConfig,
  { times, problems, hidden, unet }: ConditionalUNetParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
  aty: NDArray,
  problem: NDArray,
): NDArray {
  const network = (point: NDArray, early: NDArray, late: NDArray): NDArray => {
    const embedding = add(
      timePairEmbedding(times, early, late),
      silu(linear(hidden, silu(labelEmbedding(problems, problem)))),
    );
    return applyUNet(config, unet, concatenate([point, aty], 1), embedding);
  };
  return predictData(network)(x, r, t);
}
