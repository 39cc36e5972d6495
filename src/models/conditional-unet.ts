import { z } from "zod";
import { add, concatenate, type NDArray, type RandomSource } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { positiveInteger } from "../schema.js";
import {
  initialiseProblemEmbedding,
  initialiseTimePair,
  problemEmbedding,
  type ProblemEmbeddingParameters,
  timePairEmbedding,
  type TimePairParameters,
} from "./conditioning.js";
import { predictData } from "./predict-data.js";
import { applyUNet, initialiseUNet, type UNetParameters } from "./unet-trunk.js";
import { dividesChannels, dividesChannelsMessage, unetImageShape, unetSizes } from "./unet.js";

/** A conditional flow map: the flow map's U-Net on the channels of x_t and A^T y. */
export const conditionalUNetSchema = z
  .strictObject({
    model: z.literal("unet"),
    /** [channels, height, width] of an image and of A^T y. */
    shape: unetImageShape,
    /** Number of problem classes. */
    problems: positiveInteger.default(6),
    ...unetSizes,
  })
  .refine(dividesChannels, dividesChannelsMessage);

/** Configuration of the conditional U-Net. */
export type ConditionalUNetConfig = z.output<typeof conditionalUNetSchema>;

/** Parameters of the conditional U-Net. */
export type ConditionalUNetParameters = ProblemEmbeddingParameters & {
  times: TimePairParameters;
  unet: UNetParameters;
};

/** Initial parameters of the conditional U-Net, which starts by predicting 0 for the data. */
export function initialiseConditionalUNet(
  config: ConditionalUNetConfig,
  random: RandomSource,
): Hosted<ConditionalUNetParameters> {
  const [channels, height, width] = config.shape;
  return {
    times: initialiseTimePair(random, config.embedding),
    ...initialiseProblemEmbedding(random, config),
    unet: initialiseUNet(config, random, { inputs: 2 * channels, outputs: channels, height, width }),
  };
}

/**
 * The mean velocity u(x_t, r, t | A^T y, c) of a network that predicts data (see `predictData`).
 * x, aty: [B, C, H, W], r, t: [B], problem: int32 [B] -> [B, C, H, W].
 */
export function applyConditionalUNet(
  config: ConditionalUNetConfig,
  parameters: ConditionalUNetParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
  aty: NDArray,
  problem: NDArray,
): NDArray {
  const network = (point: NDArray, early: NDArray, late: NDArray): NDArray => {
    const embedding = add(timePairEmbedding(parameters.times, early, late), problemEmbedding(parameters, problem));
    return applyUNet(config, parameters.unet, concatenate([point, aty], 1), embedding);
  };
  return predictData(network)(x, r, t);
}
