import { z } from "zod";
import { add, mul, type NDArray, type RandomSource, reshape, silu, sizeOf, splitAxis } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  initialiseLinear,
  layerNorm,
  linear,
  type LinearParameters,
  modulate,
  xavierUniform,
  zeroInitialiser,
} from "../nn/index.js";
import { initialiseTimePair, timePairEmbedding, type TimePairParameters } from "./conditioning.js";

const positiveInteger = z.int().positive();

/** A residual MLP on flattened images: cheap a step, and quick to learn small images. */
export const residualMlpSchema = z.strictObject({
  model: z.literal("residual-mlp"),
  /** Shape of one image, [channels, height, width]. */
  shape: z.array(positiveInteger).min(1),
  /** Number of residual blocks. */
  depth: positiveInteger.default(4),
  width: positiveInteger.default(1024),
  /** Size of the embedding of the times. */
  embedding: positiveInteger.default(128),
  /** Whether the network predicts data (see `predictData`) or the mean velocity itself. */
  predict: z.enum(["data", "velocity"]).default("data"),
});

/** Configuration of the residual MLP. */
export type ResidualMlpConfig = z.output<typeof residualMlpSchema>;

/** A block: the adaptive layer's shift, scale and gate come from `modulation`. */
export type ResidualMlpBlock = { modulation: LinearParameters; first: LinearParameters; second: LinearParameters };

/** Parameters of the residual MLP. */
export type ResidualMlpParameters = {
  times: TimePairParameters;
  input: LinearParameters;
  blocks: ResidualMlpBlock[];
  outputModulation: LinearParameters;
  output: LinearParameters;
};

/** First parameters: every block starts as the identity (adaLN-Zero) and the output as 0. */
export function initialiseResidualMlp(
  { shape, depth, width, embedding }: ResidualMlpConfig,
  random: RandomSource,
): Hosted<ResidualMlpParameters> {
  const size = sizeOf(shape);
  return {
    times: initialiseTimePair(random, embedding),
    input: initialiseLinear(random, size, width),
    blocks: Array.from({ length: depth }, () => ({
      modulation: initialiseLinear(random, embedding, 3 * width, zeroInitialiser),
      first: initialiseLinear(random, width, width, xavierUniform),
      second: initialiseLinear(random, width, width, xavierUniform),
    })),
    outputModulation: initialiseLinear(random, embedding, 2 * width, zeroInitialiser),
    output: initialiseLinear(random, width, size, zeroInitialiser),
  };
}

/** The network's raw output, of x's shape. x: [B, ...shape], r, t: [B]. */
export function applyResidualMlp(
  { times, input, blocks, outputModulation, output }: ResidualMlpParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
): NDArray {
  const embedding = timePairEmbedding(times, r, t);
  let hidden = linear(input, reshape(x, [x.shape[0], -1]));
  for (const { modulation, first, second } of blocks) {
    const [shift, scale, gate] = splitAxis(linear(modulation, embedding), 3, 1);
    const inner = linear(second, silu(linear(first, modulate(layerNorm(hidden), shift, scale))));
    hidden = add(hidden, mul(inner, gate));
  }
  const [shift, scale] = splitAxis(linear(outputModulation, embedding), 2, 1);
  return reshape(linear(output, modulate(layerNorm(hidden), shift, scale)), x.shape);
}
