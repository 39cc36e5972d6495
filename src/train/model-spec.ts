import { z } from "zod";

// The other keys belong to the model: its own schema checks them.
const modelSchema = z.looseObject({ model: z.string() });

const problemSchema = z.strictObject({
  name: z.string(),
  /** Standard deviation of the observation's noise, on images in [-1, 1]. */
  sigma: z.number().positive(),
});

/** The entries of a configuration that say what the networks are, and of which problems. */
export const modelSpecEntries = {
  /** Needed by every stage but those of the conditional flow map alone. */
  flowMap: modelSchema.optional(),
  adapter: modelSchema.optional(),
  /** A flow map that sees the observation, for stages of a kind "conditional-...": a baseline of the other two. */
  conditional: modelSchema.optional(),
  /** Its latents are the flow map's data; the data above are images, and so are the observations. */
  autoencoder: modelSchema.optional(),
  /** A folder with the autoencoder's weights, as `vfm import` writes them. */
  autoencoderFrom: z.string().optional(),
  problems: z.array(problemSchema).default([]),
};

/** What the networks of a configuration are, and of which problems. */
export type ModelSpec = z.output<z.ZodObject<typeof modelSpecEntries>>;
