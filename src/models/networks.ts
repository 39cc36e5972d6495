import { type z } from "zod";
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

// The networks of the registry as functions of their settings. Each throws InputError if a setting is wrong.

/** Shapes are plain lists of numbers here: the schema counts them. */
type Loose<Entries> = {
  [Key in keyof Entries]: Key extends "shape" | "observationShape" | "imageShape" ? readonly number[] : Entries[Key];
};
/** What the network of a schema is configured with; entries with a default may be left out. */
type Settings<Schema extends z.ZodType> = Loose<Omit<z.input<Schema>, "model">>;
/** The same of a schema with named sizes, which fill in other entries. */
type SizedSettings<Schema extends z.ZodType<{ shape: unknown }>> = Loose<
  Pick<z.output<Schema>, "shape"> & Partial<Omit<z.output<Schema>, "model" | "shape">>
>;

/** A flow map that is a plain MLP on [x, t, r], for data of few dimensions. */
export function mlp(settings: Settings<typeof flowMlpSchema>): FlowMapNetwork {
  return flowMapModel({ model: "mlp", ...settings });
}

/** A flow map that is an MLP of residual blocks on the flat sample. */
export function residualMlp(settings: Settings<typeof flowResidualMlpSchema>): FlowMapNetwork {
  return flowMapModel({ model: "residual-mlp", ...settings });
}

/** A flow map that is a small convolutional U-Net, for images [channels, height, width]. */
export function unet(settings: Settings<typeof flowUNetSchema>): FlowMapNetwork {
  return flowMapModel({ model: "unet", ...settings });
}

/** A flow map that is an MLP-mixer on patches, for images [channels, height, width]. */
export function mixer(settings: Settings<typeof mixerSchema>): FlowMapNetwork {
  return flowMapModel({ model: "mixer", ...settings });
}

/** A diffusion transformer (SiT): a velocity model, it sees t alone and is meant for flow matching. */
export function dit(settings: SizedSettings<typeof ditSchema>): FlowMapNetwork {
  return flowMapModel({ ...settings, model: "dit" });
}

/** A decoupled MeanFlow transformer: the flow map of latents. */
export function dmft(settings: SizedSettings<typeof dmftSchema>): FlowMapNetwork {
  return flowMapModel({ ...settings, model: "dmft" });
}

/** A noise adapter that is a plain MLP on A^T y. */
export function mlpAdapter(settings: Settings<typeof adapterMlpSchema>): AdapterNetwork {
  return adapterModel({ model: "mlp", ...settings });
}

/** A noise adapter that is an MLP of residual blocks on A^T y. */
export function residualMlpAdapter(settings: Settings<typeof adapterResidualMlpSchema>): AdapterNetwork {
  return adapterModel({ model: "residual-mlp", ...settings });
}

/** A noise adapter that is a U-Net, for noise of the image's own size. */
export function unetAdapter(settings: Settings<typeof adapterUNetSchema>): AdapterNetwork {
  return adapterModel({ model: "unet", ...settings });
}

/** A noise adapter from images to the noise of latents: the published encoder. */
export function encoderAdapter(settings: SizedSettings<typeof adapterEncoderSchema>): AdapterNetwork {
  return adapterModel({ ...settings, model: "adapter-unet" });
}

/** A conditional flow map that is an MLP of residual blocks. */
export function conditionalMlp(settings: Settings<typeof conditionalResidualMlpSchema>): ConditionalNetwork {
  return conditionalModel({ model: "residual-mlp", ...settings });
}

/** A conditional flow map that is a U-Net. */
export function conditionalUnet(settings: Settings<typeof conditionalUNetSchema>): ConditionalNetwork {
  return conditionalModel({ model: "unet", ...settings });
}

/** The autoencoder of latent diffusion (AutoencoderKL). */
export function autoencoderKl(settings: Settings<typeof autoencoderKlSchema>): BoundAutoencoder {
  return autoencoderModel({ model: "autoencoder-kl", ...settings });
}
