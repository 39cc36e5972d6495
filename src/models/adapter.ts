import { clip, mul, type NDArray, splitAxis } from "../array/index.js";
import { type NoiseDistribution } from "../vfm/index.js";

/**
 * Mean and log sigma from an image adapter's output channels. The first half is the mean, the second the log variance,
 * clamped to [-10, 2]. output: [B, 2 C, H, W] -> both [B, C, H, W].
 */
export function gaussianFromChannels(output: NDArray): NoiseDistribution {
  const [mean, logVariance] = splitAxis(output, 2, 1);
  return { mean, logSigma: mul(clip(logVariance, -10, 2), 0.5) };
}
