import {
  checkShapes,
  hostFull,
  matmul,
  mul,
  type NDArray,
  type RandomSource,
  reshape,
  sliceAxis,
  softmax,
  transpose,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { anObject, checkArgument, checkOptions, aFunction, trueOrFalse } from "../options.js";
import { checkDraw, checkMultiples } from "./checks.js";
import { type Initialiser, xavierUniform } from "./initialise.js";
import { initialiseLinear, linear, type LinearParameters } from "./linear.js";
import { rootMeanSquareNorm } from "./normalisation.js";

/** The scales of the normalisation of queries or keys, [D / heads]. */
export type ScaleParameters = { scale: NDArray };

/**
 * Multi-head self-attention: queries, keys and values come from one layer; either both norms are present or neither.
 */
export type AttentionParameters = {
  qkv: LinearParameters;
  proj: LinearParameters;
  q_norm?: ScaleParameters;
  k_norm?: ScaleParameters;
};

/**
 * Initial parameters of self-attention over tokens of size `size`, a multiple of `heads`.
 *
 * @throws InputError if a size or an option is wrong
 * @example
 * const parameters = initialiseAttention(random, 64, 4, { queryKeyNorm: false });
 */
export function initialiseAttention(
  random: RandomSource,
  size: number,
  heads: number,
  options: { queryKeyNorm: boolean; initialiser?: Initialiser },
): Hosted<AttentionParameters> {
  checkDraw("initialiseAttention", random, { size, heads });
  checkMultiples("initialiseAttention", "heads", heads, { size });
  checkOptions("initialiseAttention", options, { queryKeyNorm: trueOrFalse, initialiser: aFunction }, ["queryKeyNorm"]);
  const initialiser = options.initialiser ?? xavierUniform;
  const norm = (): Hosted<ScaleParameters> => ({ scale: hostFull([size / heads], 1) });
  return {
    qkv: initialiseLinear(random, size, 3 * size, initialiser),
    proj: initialiseLinear(random, size, size, initialiser),
    ...(options.queryKeyNorm ? { q_norm: norm(), k_norm: norm() } : {}),
  };
}

/**
 * Self-attention, softmax(q k^T / sqrt(D / heads)) v for each head, followed by a linear layer. x: [B, N, D] -> [B, N,
 * D].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const first = initialiseAttention(random, 64, 4, { queryKeyNorm: false });
 * const tokens = { shape: [8, 49, 64], type: "float32" } as const;
 * const apply = (parameters: AttentionParameters, tokens: NDArray) => attention(parameters, tokens, 4);
 * const layer = await compile(apply, [first, tokens]); // [8, 49, 64] -> [8, 49, 64]
 */
export function attention(parameters: AttentionParameters, x: NDArray, heads: number): NDArray {
  checkShapes("attention", { x: [x, ["B", "N", "D"]] });
  checkArgument("attention", "parameters", parameters, anObject);
  const [batch, tokens, size] = x.shape;
  checkMultiples("attention", "heads", heads, { D: size });
  const headSize = size / heads;
  const packed = reshape(linear(parameters.qkv, x), [batch, tokens, 3, heads, headSize]);
  const [queries, keys, values] = [0, 1, 2].map((i) =>
    transpose(reshape(sliceAxis(packed, 2, i, i + 1), [batch, tokens, heads, headSize]), [0, 2, 1, 3]),
  );
  const q = parameters.q_norm === undefined ? queries : rootMeanSquareNorm(queries, parameters.q_norm.scale);
  const k = parameters.k_norm === undefined ? keys : rootMeanSquareNorm(keys, parameters.k_norm.scale);
  const weights = softmax(matmul(mul(q, 1 / Math.sqrt(headSize)), transpose(k, [0, 1, 3, 2])));
  const mixed = reshape(transpose(matmul(weights, values), [0, 2, 1, 3]), [batch, tokens, size]);
  return linear(parameters.proj, mixed);
}
