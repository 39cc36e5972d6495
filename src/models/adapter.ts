import { type NDArray } from "../array/index.js";

/** What a noise adapter gives: the mean and log standard deviation of q(z | y, c), both of the noise's shape. */
export type DiagonalGaussian = { mean: NDArray; logSigma: NDArray };
