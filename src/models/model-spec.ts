import { z } from "zod";
import { type Problem } from "../operators/index.js";
import { type BoundNetworks, type NetworkConfig } from "./network.js";

/** Names a user's own object: an export of a file, which is called with the options if it is a function. */
export const moduleEntries = {
  /** The file's path; in a configuration it is relative to the configuration's file. */
  module: z.string(),
  export: z.string().default("default"),
  options: z.record(z.string(), z.unknown()).default({}),
};

/**
 * A network: `{ "model": NAME, ... }` for a network of this library, whose schema checks the other keys;
 * `{ "module": PATH, "export": NAME, "options": {...} }` for one from a file; `{ "own": true }` for one that the caller
 * of `loadModel` supplies.
 */
const networkSchema = z.looseObject({ model: z.string().optional() });

const moduleSchema = z.strictObject(moduleEntries);

const problemSchema = z
  .strictObject({
    name: z.string(),
    /** Standard deviation of the observation's noise, on images in [-1, 1]. */
    sigma: z.number().positive().optional(),
    /** A forward operator from a file, with Gaussian noise of this sigma. Default: one of the library's problems. */
    operator: moduleSchema.optional(),
    /** An observation model from a file: an operator with its own noise. */
    observation: moduleSchema.optional(),
    /** The least and greatest value of the samples that are observed. */
    range: z.tuple([z.number(), z.number()]).optional(),
    /**
     * What an inpainting problem of the library leaves where the image is hidden; "noise" as published.
     * Default: "zero".
     */
    holes: z.enum(["zero", "noise"]).optional(),
    /** What A^T y of the library's motion blur is: the blurred image or its Wiener filter. Default: "identity". */
    transpose: z.enum(["identity", "wiener"]).optional(),
    /**
     * The number by which networks know the problem. Default: for a library's problem of
     * images its place among the six, for others its index in the list.
     */
    class: z.int().nonnegative().optional(),
    /** Marks a problem that the caller of `loadModel` supplies. */
    own: z.literal(true).optional(),
  })
  .refine(({ sigma, observation, own }) => sigma !== undefined || observation !== undefined || own === true, {
    path: ["sigma"],
    message: "give the standard deviation of the noise",
  });

/** The entries that specify a model's networks and problems. */
export const modelSpecEntries = {
  /** Required by every stage except those of the conditional flow map. */
  flowMap: networkSchema.optional(),
  adapter: networkSchema.optional(),
  /** A conditional flow map, for stages of a kind "conditional-...": a baseline of the other two networks. */
  conditional: networkSchema.optional(),
  /** An autoencoder, whose latents are the flow map's data. The data set and the observations are images. */
  autoencoder: networkSchema.optional(),
  problems: z.array(problemSchema).default([]),
};

/**
 * Specification of a model's networks and problems.
 *
 * @interface
 */
export type ModelSpec = z.output<z.ZodObject<typeof modelSpecEntries>>;

type ProblemEntry = ModelSpec["problems"][number];

/**
 * The specification of bound networks and problems, as a checkpoint keeps it. A network without a configuration, or a
 * problem that is not the library's, is marked `own`: whoever loads the checkpoint has to supply it.
 */
export function specOf(
  { flowMap, adapter, conditional, autoencoder }: BoundNetworks,
  problems: readonly Problem[],
): ModelSpec {
  const entry = (network: { readonly config?: NetworkConfig } | undefined) =>
    network && { ...(network.config ?? { own: true }) };
  return {
    flowMap: entry(flowMap),
    adapter: entry(adapter),
    conditional: entry(conditional),
    autoencoder: autoencoder && { ...autoencoder.config },
    problems: problems.map(
      ({ name, class: its, range, config }) =>
        (config as ProblemEntry | undefined) ?? { name, class: its, range: range && [...range], own: true },
    ),
  };
}
