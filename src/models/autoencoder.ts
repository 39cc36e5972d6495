import { type HostArray, type NDArray, type RandomSource, type Tree } from "../array/index.js";
import { parseWith } from "../schema.js";
import {
  type AutoencoderKlConfig,
  type AutoencoderKlParameters,
  autoencoderKlSchema,
  decodeLatents,
  encodeImages,
  initialiseAutoencoderKl,
  latentShape,
  type LatentDecoderParameters,
} from "./autoencoder-kl.js";
import { requireBuildable } from "./size-limit.js";

/** An autoencoder with its configuration: the map between images and the latents that a flow map learns. */
export interface BoundAutoencoder {
  /** The validated configuration with all defaults. */
  config: AutoencoderKlConfig;
  /** [channels, height, width] of an image. */
  imageShape: readonly number[];
  /** [channels, height, width] of the latents of an image. */
  latentShape: readonly number[];
  /** Draws the initial parameters from `random`. */
  initialise(random: RandomSource): AutoencoderTree;
  /** Encodes images [B, ...imageShape] to latents, with standard normal noise [B, ...latentShape]. */
  encode(parameters: Tree<NDArray>, images: NDArray, noise: NDArray): NDArray;
  /** Decodes latents [B, ...latentShape] to images. */
  decode(parameters: Tree<NDArray>, latents: NDArray): NDArray;
}

/**
 * The parameters on the host, by the autoencoder's parts.
 *
 * @interface
 */
export type AutoencoderTree = { readonly [part in keyof AutoencoderKlParameters]: Tree<HostArray> };

/**
 * The autoencoder that a configuration describes.
 *
 * @throws InputError if the configuration is not valid
 * @example
 * const { imageShape, latentShape } = autoencoderModel({ model: "autoencoder-kl" }); // [3, 256, 256], [4, 32, 32]
 */
export function autoencoderModel(given: unknown): BoundAutoencoder {
  const config = parseWith(autoencoderKlSchema, given, "the configuration of the autoencoder");
  requireBuildable("the configuration of the autoencoder", config, (random) => initialiseAutoencoderKl(config, random));
  return {
    config,
    imageShape: config.imageShape,
    latentShape: latentShape(config),
    initialise: (random) => initialiseAutoencoderKl(config, random),
    encode: (parameters, images, noise) => encodeImages(config, parameters as AutoencoderKlParameters, images, noise),
    decode: (parameters, latents) => decodeLatents(config, parameters as LatentDecoderParameters, latents),
  };
}

/** The decoder's part of an autoencoder's parameters: half of them. */
export function decoderPart(parameters: Tree<HostArray>): Tree<HostArray> {
  const { post_quant_conv, decoder } = parameters as AutoencoderTree;
  return { post_quant_conv, decoder };
}
