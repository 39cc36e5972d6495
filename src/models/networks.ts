import { type z } from "zod";
import { anObject, checkArgument } from "../options.js";
import { type adapterEncoderSchema } from "./adapter-unet.js";
import { type autoencoderKlSchema } from "./autoencoder-kl.js";
import { autoencoderModel, type BoundAutoencoder } from "./autoencoder.js";
import { type conditionalResidualMlpSchema } from "./conditional-mlp.js";
import { type conditionalUNetSchema } from "./conditional-unet.js";
import { type ditSchema } from "./dit.js";
import { type dmftSchema } from "./dmft.js";
import { type mixerSchema } from "./mixer.js";
import { type adapterMlpSchema, type flowMlpSchema } from "./mlp.js";
import { type AdapterNetwork, type ConditionalNetwork, type FlowMapNetwork } from "./network.js";
import { adapterModel, conditionalModel, flowMapModel } from "./registry.js";
import { type adapterResidualMlpSchema, type flowResidualMlpSchema } from "./residual-mlp.js";
import { type adapterUNetSchema, type flowUNetSchema } from "./unet.js";

// The registry's networks as functions of their settings.

/** Shapes are plain lists of numbers here; the schema checks their lengths. */
type Loose<Entries> = {
  [Key in keyof Entries]: Key extends "shape" | "observationShape" | "imageShape" ? readonly number[] : Entries[Key];
};
/** The settings of a schema's network; entries with a default may be left out. */
type Settings<Schema extends z.ZodType> = Loose<Omit<z.input<Schema>, "model">>;
/** Entries that may be left out or undefined. */
type Optional<Entries> = { [Key in keyof Entries]?: Entries[Key] | undefined };
/** The settings of a schema with named sizes, which fill in other entries. */
type SizedSettings<Schema extends z.ZodType<{ shape: unknown }>> = Loose<
  Pick<z.output<Schema>, "shape"> & Optional<Omit<z.output<Schema>, "model" | "shape">>
>;

function named(model: string, settings: object): object {
  checkArgument(model, "its settings", settings, anObject);
  // A setting that is undefined counts as left out.
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...given, model };
}

/**
 * Settings of `mlp`.
 *
 * @interface
 */
export type MlpSettings = Settings<typeof flowMlpSchema>;

/**
 * A flow map that is a plain MLP on [x, t, r], for data of few dimensions.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const flowMap = mlp({ shape: [2], depth: 4, width: 128 });
 */
export function mlp(settings: MlpSettings): FlowMapNetwork {
  return flowMapModel(named("mlp", settings));
}

/**
 * Settings of `residualMlp`.
 *
 * @interface
 */
export type ResidualMlpSettings = Settings<typeof flowResidualMlpSchema>;

/**
 * A flow map that is an MLP of residual blocks on the flat sample.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const flowMap = residualMlp({ shape: [1, 28, 28], depth: 4, width: 1024 });
 */
export function residualMlp(settings: ResidualMlpSettings): FlowMapNetwork {
  return flowMapModel(named("residual-mlp", settings));
}

/**
 * Settings of `unet`.
 *
 * @interface
 */
export type UnetSettings = Settings<typeof flowUNetSchema>;

/**
 * A flow map that is a small convolutional U-Net, for images [channels, height, width].
 *
 * @throws InputError if a setting is wrong
 * @example
 * const flowMap = unet({ shape: [3, 32, 32], channels: 32, multipliers: [1, 2, 4] });
 */
export function unet(settings: UnetSettings): FlowMapNetwork {
  return flowMapModel(named("unet", settings));
}

/**
 * Settings of `mixer`.
 *
 * @interface
 */
export type MixerSettings = Settings<typeof mixerSchema>;

/**
 * A flow map that is an MLP-mixer on patches, for images [channels, height, width].
 *
 * @throws InputError if a setting is wrong
 * @example
 * const flowMap = mixer({ shape: [1, 28, 28], patch: 4, width: 192 });
 */
export function mixer(settings: MixerSettings): FlowMapNetwork {
  return flowMapModel(named("mixer", settings));
}

/**
 * Settings of `dit`.
 *
 * @interface
 */
export type DitSettings = SizedSettings<typeof ditSchema>;

/**
 * A diffusion transformer (DiT, Peebles and Xie 2023; as SiT, Ma et al. 2024): a velocity model, conditioned on t alone,
 * for flow matching. It ignores r, so that it cannot learn jumps.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const flowMap = dit({ shape: [4, 32, 32], size: "B/2", classes: 1000 });
 */
export function dit(settings: DitSettings): FlowMapNetwork {
  return flowMapModel(named("dit", settings));
}

/**
 * Settings of `dmft`.
 *
 * @interface
 */
export type DmftSettings = SizedSettings<typeof dmftSchema>;

/**
 * A decoupled MeanFlow transformer, as a flow map of latents.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const flowMap = dmft({ shape: [4, 32, 32], size: "B/2", classes: 1000 });
 */
export function dmft(settings: DmftSettings): FlowMapNetwork {
  return flowMapModel(named("dmft", settings));
}

/**
 * Settings of `mlpAdapter`.
 *
 * @interface
 */
export type MlpAdapterSettings = Settings<typeof adapterMlpSchema>;

/**
 * A noise adapter that is a plain MLP on A^T y.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const adapter = mlpAdapter({ shape: [2], observationShape: [2] });
 */
export function mlpAdapter(settings: MlpAdapterSettings): AdapterNetwork {
  return adapterModel(named("mlp", settings));
}

/**
 * Settings of `residualMlpAdapter`.
 *
 * @interface
 */
export type ResidualMlpAdapterSettings = Settings<typeof adapterResidualMlpSchema>;

/**
 * A noise adapter that is an MLP of residual blocks on A^T y.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const adapter = residualMlpAdapter({ shape: [1, 28, 28], problems: 6, basis: "principal" });
 */
export function residualMlpAdapter(settings: ResidualMlpAdapterSettings): AdapterNetwork {
  return adapterModel(named("residual-mlp", settings));
}

/**
 * Settings of `unetAdapter`.
 *
 * @interface
 */
export type UnetAdapterSettings = Settings<typeof adapterUNetSchema>;

/**
 * A noise adapter that is a U-Net, for noise of the image's own size.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const adapter = unetAdapter({ shape: [3, 32, 32], problems: 2 });
 */
export function unetAdapter(settings: UnetAdapterSettings): AdapterNetwork {
  return adapterModel(named("unet", settings));
}

/**
 * Settings of `encoderAdapter`.
 *
 * @interface
 */
export type EncoderAdapterSettings = SizedSettings<typeof adapterEncoderSchema>;

/**
 * A noise adapter from images to the noise of latents: the published encoder.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const adapter = encoderAdapter({ observationShape: [3, 256, 256], shape: [4, 32, 32], problems: 6 });
 */
export function encoderAdapter(settings: EncoderAdapterSettings): AdapterNetwork {
  return adapterModel(named("adapter-unet", settings));
}

/**
 * Settings of `conditionalMlp`.
 *
 * @interface
 */
export type ConditionalMlpSettings = Settings<typeof conditionalResidualMlpSchema>;

/**
 * A conditional flow map that is an MLP of residual blocks.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const conditional = conditionalMlp({ shape: [1, 28, 28], problems: 6 });
 */
export function conditionalMlp(settings: ConditionalMlpSettings): ConditionalNetwork {
  return conditionalModel(named("residual-mlp", settings));
}

/**
 * Settings of `conditionalUnet`.
 *
 * @interface
 */
export type ConditionalUnetSettings = Settings<typeof conditionalUNetSchema>;

/**
 * A conditional flow map that is a U-Net.
 *
 * @throws InputError if a setting is wrong
 * @example
 * const conditional = conditionalUnet({ shape: [1, 28, 28], problems: 6, channels: 32 });
 */
export function conditionalUnet(settings: ConditionalUnetSettings): ConditionalNetwork {
  return conditionalModel(named("unet", settings));
}

/**
 * Settings of `autoencoderKl`.
 *
 * @interface
 */
export type AutoencoderKlSettings = Settings<typeof autoencoderKlSchema>;

/**
 * The autoencoder of latent diffusion (AutoencoderKL).
 *
 * @throws InputError if a setting is wrong
 * @example
 * const autoencoder = autoencoderKl({ imageShape: [3, 64, 64], channels: [64, 128, 256] });
 * autoencoder.latentShape; // [4, 16, 16]
 */
export function autoencoderKl(settings: AutoencoderKlSettings): BoundAutoencoder {
  return autoencoderModel(named("autoencoder-kl", settings));
}
