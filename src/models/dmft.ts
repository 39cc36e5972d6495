import { z } from "zod";
import { add, type NDArray, type RandomSource, silu } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { initialiseLinear, type LinearParameters, zeroInitialiser } from "../nn/index.js";
import { expandSize } from "./named-size.js";
import {
  applyTransformer,
  checkSizes,
  embedLabels,
  embedTime,
  initialiseTransformer,
  timeFeatureCount,
  transformerEntries,
  type TransformerParameters,
  transformerSizes,
} from "./transformer.js";

/**
 * DMFT, the decoupled MeanFlow transformer: a DiT whose first blocks are conditioned on the time t of x, and whose
 * other blocks and final layer are conditioned on the target time r.
 */
export const dmftSchema = z.preprocess(
  (config) => defaultEncoderDepth(expandSize(transformerSizes, config)),
  z
    .strictObject({
      model: z.literal("dmft"),
      ...transformerEntries,
      /** Number of blocks conditioned on t. Default: two thirds, as in the published B/2. */
      encoderDepth: z.int().nonnegative(),
      /** Whether there is a head for the log variance of the loss at each pair of times. */
      logVarianceHead: z.boolean().default(false),
    })
    .superRefine(checkSizes)
    .refine(({ depth, encoderDepth }) => encoderDepth <= depth, {
      path: ["encoderDepth"],
      message: "must not exceed the depth",
    }),
);

function defaultEncoderDepth(config: unknown): unknown {
  if (typeof config !== "object" || config === null || !("depth" in config) || typeof config.depth !== "number")
    return config;
  return { encoderDepth: Math.round((2 * config.depth) / 3), ...config };
}

/** Configuration of a DMFT. */
export type DmftConfig = z.output<typeof dmftSchema>;

/** Parameters of a DMFT, with their published names. */
export type DmftParameters = TransformerParameters & { logvar_linear?: LinearParameters };

/** Initial parameters: every block starts as the identity (adaLN-Zero) and the output as 0. */
export function initialiseDmft(config: DmftConfig, random: RandomSource): Hosted<DmftParameters> {
  const transformer = initialiseTransformer(config, random);
  if (!config.logVarianceHead) return transformer;
  return { ...transformer, logvar_linear: initialiseLinear(random, timeFeatureCount, 1, zeroInitialiser) };
}

/**
 * The mean velocity u(x, r, t), in the network's own direction of time.
 *
 * @param x [B, C, H, W]
 * @param r [B], the target time of the step
 * @param t [B], the time of x
 * @param labels int32 [B]; default: the row of "no label"
 * @returns [B, C, H, W]
 */
export function applyDmft(
  config: Pick<DmftConfig, "patch" | "heads" | "sigmaHead" | "encoderDepth">,
  parameters: TransformerParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
  labels?: NDArray,
): NDArray {
  const label = embedLabels(parameters, x.shape[0], labels);
  const [from, to] = [t, r].map((time) => silu(add(embedTime(parameters, time), label)));
  const blocks = parameters.blocks.map((_, i) => (i < config.encoderDepth ? from : to));
  return applyTransformer(config, parameters, x, { blocks, final: to });
}
