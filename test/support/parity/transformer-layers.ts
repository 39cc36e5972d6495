import {
  add,
  constant,
  gelu,
  mul,
  type NDArray,
  silu,
  splitAxis,
  transpose,
  reshape,
} from "../../../src/array/index.js";
import { positionTable } from "../../../src/models/position-table.js";
import {
  embedLabels,
  embedPatches,
  embedTime,
  type TransformerBlock,
  type TransformerConfig,
  type TransformerParameters,
} from "../../../src/models/transformer.js";
import { attention, layerNorm, linear, modulate, perToken } from "../../../src/nn/index.js";
import { type Layers } from "./layer-names.js";

const blockChunks = ["shift_msa", "scale_msa", "gate_msa", "shift_mlp", "scale_mlp", "gate_mlp"];

/**
 * What every module of a published diffusion transformer gives.
 *
 * @param x [B, C, H, W]
 * @param times t [B], and r [B] of a DMFT, on which the blocks from `encoderDepth` and the final layer depend
 * @param labels int32 [B]
 */
export function transformerLayers(
  config: TransformerConfig & { encoderDepth?: number },
  parameters: TransformerParameters,
  x: NDArray,
  times: { t: NDArray; r?: NDArray },
  labels: NDArray | undefined,
): Layers {
  const layers: Layers = {};
  const record = (array: NDArray, ...names: string[]): NDArray => {
    for (const name of names) layers[name] = array;
    return array;
  };
  const { patch, heads, width, shape } = config;
  const [rows, columns] = shape.slice(1).map((length) => length / patch);
  const patches = record(embedPatches(parameters, x, patch), "patch_tokens", "x_embedder");
  const grid = reshape(transpose(patches, [0, 2, 1]), [x.shape[0], width, rows, columns]);
  record(grid, "x_embedder.proj");
  const positioned = add(patches, constant(positionTable(rows, columns, width)));
  record(positioned, "tokens", "pos_tokens", "tokens_pos", "patch_tokens_pos", "x_pos");
  const label = record(embedLabels(parameters, x.shape[0], labels), "y_embedder");
  const fromTime = record(embedTime(parameters, times.t), "t_embedder");
  const toTime = times.r === undefined ? fromTime : record(embedTime(parameters, times.r), "r_embedder");
  const from = record(add(fromTime, label), "c_t", "t_cond", "cond_t", ...(times.r === undefined ? ["c", "cond"] : []));
  const to = times.r === undefined ? from : record(add(toTime, label), "c_r", "r_cond", "cond_r");
  const depth = times.r === undefined ? parameters.blocks.length : (config.encoderDepth ?? 0);

  const blockLayers = (name: string, block: TransformerBlock, tokens: NDArray, condition: NDArray): NDArray => {
    const modulation = linear(block.adaLN_modulation[1], silu(condition));
    record(modulation, `${name}.adaLN_modulation`, `${name}.adaLN_modulation.1`);
    const chunks = splitAxis(modulation, 6, 1);
    chunks.forEach((chunk, i) => record(chunk, `${name}.${blockChunks[i]}`));
    const [shift1, scale1, gate1, shift2, scale2, gate2] = chunks;
    const normed = record(layerNorm(tokens), `${name}.norm1`);
    const attended = record(attention(block.attn, modulate(normed, shift1, scale1), heads), `${name}.attn`);
    record(attended, `${name}.attn.proj`);
    record(linear(block.attn.qkv, modulate(normed, shift1, scale1)), `${name}.attn.qkv`);
    const middle = add(tokens, mul(attended, perToken(gate1, tokens)));
    const normedAgain = record(layerNorm(middle), `${name}.norm2`);
    const wide = record(linear(block.mlp.fc1, modulate(normedAgain, shift2, scale2)), `${name}.mlp.fc1`);
    const inner = linear(block.mlp.fc2, record(gelu(wide), `${name}.mlp.act`));
    record(inner, `${name}.mlp`, `${name}.mlp.fc2`);
    return record(add(middle, mul(inner, perToken(gate2, middle))), name);
  };

  const tokens = parameters.blocks.reduce(
    (hidden, block, i) => blockLayers(`blocks.${i}`, block, hidden, i < depth ? from : to),
    positioned,
  );
  const { final_layer } = parameters;
  const modulation = linear(final_layer.adaLN_modulation[1], silu(to));
  record(modulation, "final_layer.adaLN_modulation", "final_layer.adaLN_modulation.1");
  const [shift, scale] = splitAxis(modulation, 2, 1);
  record(shift, "final_layer.shift");
  record(scale, "final_layer.scale");
  const normed = record(layerNorm(tokens), "final_layer.norm_final", "final_layer.norm");
  const modulated = record(modulate(normed, shift, scale), "final_layer.modulated");
  record(linear(final_layer.linear, modulated), "final_layer", "final_layer.linear");
  return layers;
}
