import { add, checkShapes, exp, log, mean, mul, type NDArray, ones, stopGradient } from "../array/index.js";
import { checkOptions, finiteNumber, numberFrom, oneOf, type OptionRules } from "../options.js";

/** Settings of the adaptive weight. */
export interface AdaptiveWeight {
  /** p: 0 leaves the loss as it is, 1 makes every weighted loss about 1. */
  power: number;
  /** c: keeps the weight finite. */
  offset: number;
  /** Whether each sample's loss is weighted, or the mean loss of the batch. */
  per: "sample" | "batch";
}

const rules: OptionRules<AdaptiveWeight> = {
  power: finiteNumber,
  offset: numberFrom(0),
  per: oneOf(["sample", "batch"]),
};

function checkWeight(of: string, losses: NDArray, weight: AdaptiveWeight | undefined): void {
  checkShapes(of, { losses: [losses, ["B"]] });
  if (weight !== undefined) checkOptions(of, weight, rules, ["power", "offset", "per"]);
}

/**
 * The factor stopgrad(1 / (L + c)^p) of each sample's loss L, or of the batch's mean loss; 1 without a weight.
 *
 * @param losses one non-negative loss for each sample, [B]
 * @returns [B], or a scalar
 * @throws InputError if the losses are no array [B], or a setting is wrong
 * @example
 * const losses = meanFlowLoss(meanVelocity, x, z, r, t, { jumps: 4 });
 * const factor = adaptiveFactor(losses, { power: 1, offset: 1e-3, per: "sample" }); // [B]
 */
export function adaptiveFactor(losses: NDArray, weight: AdaptiveWeight | undefined): NDArray {
  checkWeight("adaptiveFactor", losses, weight);
  if (weight === undefined) return ones([]);
  const loss = weight.per === "sample" ? losses : mean(losses);
  return stopGradient(exp(mul(log(add(loss, weight.offset)), -weight.power)));
}

/**
 * The mean of adaptively weighted losses, L * stopgrad(1 / (L + c)^p), which damps the spikes of raw MeanFlow losses.
 *
 * @param losses one non-negative loss for each sample, [B]
 * @returns a scalar
 * @throws InputError if the losses are no array [B], or a setting is wrong
 * @example
 * const losses = meanFlowLoss(meanVelocity, x, z, r, t, { jumps: 4 });
 * const loss = adaptivelyWeighted(losses, { power: 1, offset: 1e-3, per: "sample" }); // a scalar
 */
export function adaptivelyWeighted(losses: NDArray, weight: AdaptiveWeight | undefined): NDArray {
  checkWeight("adaptivelyWeighted", losses, weight);
  return mean(mul(losses, adaptiveFactor(losses, weight)));
}
