import { z } from "zod";
import {
  add,
  constant,
  gelu,
  hostArray,
  mul,
  type NDArray,
  type RandomSource,
  reshape,
  silu,
  sliceAxis,
  splitAxis,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import {
  attention,
  type AttentionParameters,
  type ConvolutionParameters,
  initialiseAttention,
  initialiseLinear,
  labelEmbedding,
  layerNorm,
  linear,
  type LinearParameters,
  modulate,
  normalInitialiser,
  normalWeights,
  patchify,
  perToken,
  timeFeatures,
  unpatchify,
  xavierUniform,
  zeroInitialiser,
} from "../nn/index.js";
import { positiveInteger } from "../schema.js";
import { positionTable } from "./position-table.js";

/** The published sizes of diffusion transformers. */
export const transformerSizes = {
  "S/2": { patch: 2, depth: 12, width: 384, heads: 6 },
  "B/2": { patch: 2, depth: 12, width: 768, heads: 12 },
  "L/2": { patch: 2, depth: 24, width: 1024, heads: 16 },
  "XL/2": { patch: 2, depth: 28, width: 1152, heads: 16 },
} as const;

/** The keys in the configuration of every diffusion transformer. */
export const transformerEntries = {
  /** [channels, height, width] of an image. */
  shape: z.tuple([positiveInteger, positiveInteger, positiveInteger]),
  /** A published size, in place of the four numbers that follow. */
  size: z.literal(Object.keys(transformerSizes)).optional(),
  /** Side of a patch. */
  patch: positiveInteger,
  /** Number of blocks. */
  depth: positiveInteger,
  /** Size of a token. */
  width: positiveInteger,
  /** Heads of attention. */
  heads: positiveInteger,
  /** Hidden size of a block's MLP as a multiple of the width. */
  mlpRatio: z.number().positive().default(4),
  /** Number of labels; the table has one extra row, for "no label". */
  classes: z.int().nonnegative().default(0),
  /** Root-mean-square normalisation of queries and keys. */
  queryKeyNorm: z.boolean().default(false),
  /** A second half of output channels, which is ignored; networks grown from SiT have it. */
  sigmaHead: z.boolean().default(false),
  /** The time of the data in the network itself: 0, as in this library, or 1, as in released checkpoints. */
  dataAtTime: z.union([z.literal(0), z.literal(1)]).default(0),
};

/** The sizes of a diffusion transformer. */
export interface TransformerConfig {
  shape: [number, number, number];
  patch: number;
  depth: number;
  width: number;
  heads: number;
  mlpRatio: number;
  classes: number;
  queryKeyNorm: boolean;
  sigmaHead: boolean;
}

/** Reports sizes of a transformer that do not fit together. */
export function checkSizes(
  { shape: [, height, width], patch, width: size, heads }: TransformerConfig,
  context: z.RefinementCtx,
): void {
  const require = (holds: boolean, key: string, message: string): void => {
    if (!holds) context.addIssue({ code: "custom", path: [key], message });
  };
  require(height % patch === 0 && width % patch === 0, "patch", "must divide height and width");
  require(size % heads === 0, "heads", "must divide the width");
  require(size % 4 === 0, "width", "must be a multiple of 4");
}

/** A block of a diffusion transformer, with its published names. */
export type TransformerBlock = {
  attn: AttentionParameters;
  mlp: { fc1: LinearParameters; fc2: LinearParameters };
  adaLN_modulation: { 1: LinearParameters };
};

/** Parameters of a diffusion transformer, with their published names. */
export type TransformerParameters = {
  x_embedder: { proj: ConvolutionParameters };
  t_embedder: { mlp: { 0: LinearParameters; 2: LinearParameters } };
  y_embedder: { embedding_table: { weight: NDArray } };
  blocks: TransformerBlock[];
  final_layer: { linear: LinearParameters; adaLN_modulation: { 1: LinearParameters } };
};

/** Number of sinusoidal features of a time. */
export const timeFeatureCount = 256;

/** Initial parameters: every block starts as the identity (adaLN-Zero) and the output as 0. */
export function initialiseTransformer(config: TransformerConfig, random: RandomSource): Hosted<TransformerParameters> {
  const { patch, width, depth, heads } = config;
  const [channels] = config.shape;
  const hidden = Math.round(width * config.mlpRatio);
  const outputs = (config.sigmaHead ? 2 : 1) * channels * patch ** 2;
  const embedder = normalInitialiser(0.02);
  const projection = initialiseLinear(random, channels * patch ** 2, width, xavierUniform);
  return {
    x_embedder: {
      proj: { weight: { ...projection.weight, shape: [width, channels, patch, patch] }, bias: projection.bias },
    },
    t_embedder: {
      mlp: {
        0: initialiseLinear(random, timeFeatureCount, width, embedder),
        2: initialiseLinear(random, width, width, embedder),
      },
    },
    y_embedder: { embedding_table: { weight: normalWeights(random, [config.classes + 1, width], 0.02) } },
    blocks: Array.from({ length: depth }, () => ({
      attn: initialiseAttention(random, width, heads, { queryKeyNorm: config.queryKeyNorm }),
      mlp: {
        fc1: initialiseLinear(random, width, hidden, xavierUniform),
        fc2: initialiseLinear(random, hidden, width, xavierUniform),
      },
      adaLN_modulation: { 1: initialiseLinear(random, width, 6 * width, zeroInitialiser) },
    })),
    final_layer: {
      linear: initialiseLinear(random, width, outputs, zeroInitialiser),
      adaLN_modulation: { 1: initialiseLinear(random, width, 2 * width, zeroInitialiser) },
    },
  };
}

/** The embedding of a time, sinusoids - linear - SiLU - linear. t: [B] -> [B, width]. */
export function embedTime({ t_embedder }: TransformerParameters, t: NDArray): NDArray {
  const { 0: first, 2: second } = t_embedder.mlp;
  return linear(second, silu(linear(first, timeFeatures(t, timeFeatureCount))));
}

/** The embedding of labels, int32 [B] -> [B, width]; without labels, the row of "no label" (the last) for all. */
export function embedLabels(
  { y_embedder }: TransformerParameters,
  batch: number,
  labels: NDArray | undefined,
): NDArray {
  const { weight } = y_embedder.embedding_table;
  const none = (): NDArray => constant(hostArray(new Int32Array(batch).fill(weight.shape[0] - 1), [batch]));
  return labelEmbedding(weight, labels ?? none());
}

/** The patches of an image as tokens, before their positions are added. x: [B, C, H, W] -> [B, N, width]. */
export function embedPatches({ x_embedder }: TransformerParameters, x: NDArray, patch: number): NDArray {
  const { weight, bias } = x_embedder.proj;
  // A strided convolution whose windows do not overlap is a linear layer of the patches.
  return linear({ weight: reshape(weight, [weight.shape[0], -1]), bias }, patchify(x, patch));
}

/**
 * The transformer's body: patches with fixed positions, the blocks, the final layer.
 *
 * @param x [B, C, H, W]
 * @param conditions the condition of each block and of the final layer, [B, width], after SiLU
 * @returns [B, C, H, W]; a sigma head's channels are dropped
 */
export function applyTransformer(
  config: Pick<TransformerConfig, "patch" | "heads" | "sigmaHead">,
  parameters: TransformerParameters,
  x: NDArray,
  conditions: { blocks: NDArray[]; final: NDArray },
): NDArray {
  const { patch, heads } = config;
  const [, channels, height, width] = x.shape;
  const { blocks, final_layer } = parameters;
  const patches = embedPatches(parameters, x, patch);
  const positions = constant(positionTable(height / patch, width / patch, patches.shape[2]));
  const tokens = blocks.reduce(
    (hidden, block, i) => applyBlock(block, hidden, conditions.blocks[i], heads),
    add(patches, positions),
  );
  const [shift, scale] = splitAxis(linear(final_layer.adaLN_modulation[1], conditions.final), 2, 1);
  const output = linear(final_layer.linear, modulate(layerNorm(tokens), shift, scale));
  const image = unpatchify(output, patch, height, width);
  return config.sigmaHead ? sliceAxis(image, 1, 0, channels) : image;
}

/** One block, with a condition [B, width] after SiLU: attention, then MLP. tokens: [B, N, width] -> [B, N, width]. */
export function applyBlock(block: TransformerBlock, tokens: NDArray, condition: NDArray, heads: number): NDArray {
  const modulation = linear(block.adaLN_modulation[1], condition);
  const [shift1, scale1, gate1, shift2, scale2, gate2] = splitAxis(modulation, 6, 1);
  const attended = attention(block.attn, modulate(layerNorm(tokens), shift1, scale1), heads);
  const middle = add(tokens, mul(attended, perToken(gate1, tokens)));
  const { fc1, fc2 } = block.mlp;
  const inner = linear(fc2, gelu(linear(fc1, modulate(layerNorm(middle), shift2, scale2))));
  return add(middle, mul(inner, perToken(gate2, middle)));
}
