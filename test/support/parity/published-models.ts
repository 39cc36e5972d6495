import { type AdapterEncoderConfig, adapterEncoderSchema } from "../../../src/models/adapter-unet.js";
import { type DmftConfig, dmftSchema } from "../../../src/models/dmft.js";
import { type DitConfig, ditSchema } from "../../../src/models/dit.js";

/** A diffusion transformer's configuration as the published code has it, without what changes no number (`attn_func`). */
export interface PublishedTransformer {
  input_size: number;
  in_channels: number;
  patch_size: number;
  hidden_size: number;
  depth: number;
  num_heads: number;
  num_classes: number;
  qk_norm?: boolean;
  pretrained_sigma?: boolean;
  dmf_depth?: number;
  use_logvar?: boolean;
  mlp_ratio?: number;
}

/** The adapter's configuration as the published code has it. */
export interface PublishedAdapter {
  image_size: number;
  in_channels: number;
  latent_channels: number;
  latent_size: number;
  num_inverse_problems: number;
  cond_dim: number;
  base_channels: number;
  channel_mult: number[];
  num_res_blocks: number;
}

const transformerConfig = (published: PublishedTransformer) => ({
  shape: [published.in_channels, published.input_size, published.input_size],
  patch: published.patch_size,
  depth: published.depth,
  width: published.hidden_size,
  heads: published.num_heads,
  classes: published.num_classes,
  ...(published.mlp_ratio !== undefined && { mlpRatio: published.mlp_ratio }),
  queryKeyNorm: published.qk_norm ?? false,
  sigmaHead: published.pretrained_sigma ?? false,
});

/** Our configuration of a published DMFT. */
export function dmftConfigOf(published: PublishedTransformer): DmftConfig {
  return dmftSchema.parse({
    model: "dmft",
    ...transformerConfig(published),
    encoderDepth: published.dmf_depth,
    logVarianceHead: published.use_logvar ?? false,
  });
}

/** Our configuration of a published SiT. */
export function ditConfigOf(published: PublishedTransformer): DitConfig {
  return ditSchema.parse({ model: "dit", ...transformerConfig(published) });
}

/** Our configuration of a published adapter. */
export function adapterConfigOf(published: PublishedAdapter): AdapterEncoderConfig {
  return adapterEncoderSchema.parse({
    model: "adapter-unet",
    observationShape: [published.in_channels, published.image_size, published.image_size],
    shape: [published.latent_channels, published.latent_size, published.latent_size],
    problems: published.num_inverse_problems,
    channels: published.base_channels,
    multipliers: published.channel_mult,
    blocks: published.num_res_blocks,
    embedding: published.cond_dim,
  });
}
