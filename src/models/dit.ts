import { z } from "zod";
import { add, type NDArray, silu } from "../array/index.js";
import { expandSize } from "./named-size.js";
import {
  applyTransformer,
  checkSizes,
  embedLabels,
  embedTime,
  transformerEntries,
  type TransformerParameters,
  transformerSizes,
} from "./transformer.js";

/**
 * DiT / SiT: a velocity model v(x, t) for flow matching, conditioned on one time.
 * Its parameters have the same form as those of a DMFT, which can be initialised with them.
 */
export const ditSchema = z.preprocess(
  (config) => expandSize(transformerSizes, config),
  z.strictObject({ model: z.literal("dit"), ...transformerEntries }).superRefine(checkSizes),
);

/** Configuration of a DiT. */
export type DitConfig = z.output<typeof ditSchema>;

/**
 * The velocity v(x, t), in the network's own direction of time. x: [B, C, H, W], t: [B], labels: int32 [B] (default:
 * the row of "no label") -> [B, C, H, W].
 */
export function applyDit(
  config: Pick<DitConfig, "patch" | "heads" | "sigmaHead">,
  parameters: TransformerParameters,
  x: NDArray,
  t: NDArray,
  labels?: NDArray,
): NDArray {
  const condition = silu(add(embedTime(parameters, t), embedLabels(parameters, x.shape[0], labels)));
  return applyTransformer(config, parameters, x, { blocks: parameters.blocks.map(() => condition), final: condition });
}
