import { clip, mul, type NDArray, splitAxis } from "../array/index.js";

/** The output of a noise adapter: the mean and log standard deviation of q(z | y, c), both of the noise's shape. */
export type DiagonalGaussian = {
  mean: NDArray;
  logSigma: NDArray;
  /** The axes along which mean and log sigma are given, as orthonormal rows, [D, D]. Default: the noise's entries. */
  basis?: NDArray;
};

/**
 * Mean and log sigma from an image adapter's output channels. The first half is the mean, the second the log variance,
 * clamped to [-10, 2]. output: [B, 2 C, H, W] -> both [B, C, H, W].
 */
export function gaussianFromChannels(output: NDArray): DiagonalGaussian {
  const [mean, logVariance] = splitAxis(output, 2, 1);
  return { mean, logSigma: mul(clip(logVariance, -10, 2), 0.5) };
}
