import { add, type NDArray, silu } from "../../../src/array/index.js";
import { type AdapterEncoderParameters, type ResidualBlock } from "../../../src/models/adapter-unet.js";
import {
  convolution,
  film,
  groupNorm,
  labelEmbedding,
  linear,
  type NormalisationParameters,
} from "../../../src/nn/index.js";
import { type Layers } from "./layer-names.js";

const normalise = (norm: NormalisationParameters, x: NDArray): NDArray => groupNorm(norm, x, Math.min(32, x.shape[1]));

/** What every module of the published adapter gives. aty: [B, C, H, W], problem: int32 [B]. */
export function adapterLayers(parameters: AdapterEncoderParameters, aty: NDArray, problem: NDArray): Layers {
  const layers: Layers = {};
  const record = (name: string, array: NDArray): NDArray => (layers[name] = array);
  const { class_embed, conv_in, down_blocks, mid_block1, mid_block2, norm_out, conv_out } = parameters;
  const rows = record("class_embed.0", labelEmbedding(class_embed[0].weight, problem));
  const first = record("class_embed.1", linear(class_embed[1], rows));
  const inner = record("class_embed.2", silu(first));
  const embedding = record("class_embed", linear(class_embed[3], inner));
  record("class_embed.3", embedding);
  record("cond", embedding);

  const block = (name: string, parts: ResidualBlock, x: NDArray): NDArray => {
    const half = (i: 1 | 2, from: NDArray): NDArray => {
      const normed = record(`${name}.norm${i}`, normalise(parts[`norm${i}`], from));
      const convolved = record(`${name}.conv${i}`, convolution(parts[`conv${i}`], silu(normed)));
      return record(`${name}.film${i}`, film(parts[`film${i}`], convolved, embedding));
    };
    const changed = half(2, half(1, x));
    const { shortcut } = parts;
    return record(
      name,
      add(record(`${name}.shortcut`, shortcut === undefined ? x : convolution(shortcut, x)), changed),
    );
  };

  let hidden = record("conv_in", convolution(conv_in, aty));
  down_blocks.forEach(({ res_blocks, downsample }, level) => {
    const name = `down_blocks.${level}`;
    res_blocks.forEach((parts, i) => (hidden = block(`${name}.res_blocks.${i}`, parts, hidden)));
    if (downsample !== undefined) hidden = convolution(downsample, hidden, { stride: 2, padding: 1 });
    record(`${name}.downsample`, hidden);
    record(`downsample.${level}`, hidden);
    record(name, hidden);
  });
  hidden = block("mid_block2", mid_block2, block("mid_block1", mid_block1, hidden));
  const normed = record("norm_out", normalise(norm_out, hidden));
  record("conv_out", convolution(conv_out, silu(normed)));
  return layers;
}
