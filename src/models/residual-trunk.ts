import { add, mul, type NDArray, type RandomSource, reshape, silu, splitAxis } from "../array/index.js";
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

/** Sizes of a residual trunk. */
export interface ResidualTrunkSizes {
  /** Number of residual blocks. */
  depth: number;
  width: number;
  /** Size of the embedding that the blocks are conditioned on. */
  embedding: number;
  /** Number of entries of a flattened input and output. */
  inputs: number;
  outputs: number;
}

/** A block: the adaptive layer's shift, scale and gate come from `modulation`. */
export type ResidualBlock = { modulation: LinearParameters; first: LinearParameters; second: LinearParameters };

/** Parameters of the residual trunk. */
export type ResidualTrunkParameters = {
  input: LinearParameters;
  blocks: ResidualBlock[];
  outputModulation: LinearParameters;
  output: LinearParameters;
};

/** Initial parameters: every block starts as the identity (adaLN-Zero) and the output as 0. */
export function initialiseResidualTrunk(
  { depth, width, embedding, inputs, outputs }: ResidualTrunkSizes,
  random: RandomSource,
): Hosted<ResidualTrunkParameters> {
  return {
    input: initialiseLinear(random, inputs, width),
    blocks: Array.from({ length: depth }, () => ({
      modulation: initialiseLinear(random, embedding, 3 * width, zeroInitialiser),
      first: initialiseLinear(random, width, width, xavierUniform),
      second: initialiseLinear(random, width, width, xavierUniform),
    })),
    outputModulation: initialiseLinear(random, embedding, 2 * width, zeroInitialiser),
    output: initialiseLinear(random, width, outputs, zeroInitialiser),
  };
}

/** The trunk on flattened samples. x: [B, ...], embedding: [B, embedding] -> [B, outputs]. */
export function applyResidualTrunk(
  { input, blocks, outputModulation, output }: ResidualTrunkParameters,
  x: NDArray,
  embedding: NDArray,
): NDArray {
  let hidden = linear(input, reshape(x, [x.shape[0], -1]));
  for (const { modulation, first, second } of blocks) {
    const [shift, scale, gate] = splitAxis(linear(modulation, embedding), 3, 1);
    const inner = linear(second, silu(linear(first, modulate(layerNorm(hidden), shift, scale))));
    hidden = add(hidden, mul(inner, gate));
  }
  const [shift, scale] = splitAxis(linear(outputModulation, embedding), 2, 1);
  return linear(output, modulate(layerNorm(hidden), shift, scale));
}
