import { concatenate, mul, type NDArray, type RandomSource, silu } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  initialiseLinear,
  labelEmbedding,
  linear,
  type LinearParameters,
  normalWeights,
  timeFeatures,
} from "../nn/index.js";

const featuresATime = 32;
// The fastest feature turns by 10 radians from t = 0 to t = 1. This is fine enough for images, and keeps the derivative
// with respect to t, which MeanFlow takes, small.
const timeScale = 10;
const maximumPeriod = 100;

/** The two layers of the embedding of a pair of times. */
export type TimePairParameters = { layers: [LinearParameters, LinearParameters] };

/** Initial parameters of the time embedding. */
export function initialiseTimePair(random: RandomSource, size: number): Hosted<TimePairParameters> {
  return { layers: [initialiseLinear(random, 2 * featuresATime, size), initialiseLinear(random, size, size)] };
}

/** The embedding of (r, t) that the blocks of the small image models are conditioned on, after SiLU. r, t: [B] -> [B, size]. */
export function timePairEmbedding({ layers }: TimePairParameters, r: NDArray, t: NDArray): NDArray {
  const features = (time: NDArray): NDArray => timeFeatures(mul(time, timeScale), featuresATime, maximumPeriod);
  const hidden = silu(linear(layers[0], concatenate([features(t), features(r)], 1)));
  return silu(linear(layers[1], hidden));
}

/** The embedding of a problem's class: `problems` has one row for each class, and `hidden` is a layer after it. */
export type ProblemEmbeddingParameters = { problems: NDArray; hidden: LinearParameters };

/** Initial parameters of the embedding of `problems` classes in `embedding` features. */
export function initialiseProblemEmbedding(
  random: RandomSource,
  { problems, embedding }: { problems: number; embedding: number },
): Hosted<ProblemEmbeddingParameters> {
  return {
    problems: normalWeights(random, [problems, embedding], 1),
    hidden: initialiseLinear(random, embedding, embedding),
  };
}

/** The embedding of the problem that the blocks are conditioned on, after SiLU. problem: int32 [B] -> [B, embedding]. */
export function problemEmbedding({ problems, hidden }: ProblemEmbeddingParameters, problem: NDArray): NDArray {
  return silu(linear(hidden, silu(labelEmbedding(problems, problem))));
}
