import { z } from "zod";
import { type Problem } from "../operators/index.js";
import { type BoundNetworks, type NetworkConfig } from "./network.js";

/** What names an object of somebody's own: an export of a file, called with the options if it is a function. */
export const moduleEntries = {
  /** The file's path; a configuration's are relative to it. */
  module: z.string(),
  export: z.string().default("default"),
  options: z.record(z.string(), z.unknown()).default({}),
};

/**
 * A network: `{ "model": NAME, ... }` for one of this library, whose own schema checks the other keys;
 * `{ "module": PATH, "export": NAME, "options": {...} }` for one from a file; `{ "own": true }` for one that the caller of
 * `loadModel` gives.
 */
const networkSchema = z.looseObject({ model: z.string().optional() });

const moduleSchema = z.strictObject(moduleEntries);

const problemSchema = z
  .strictObject({
    name: z.string(),
    /** Standard deviation of the observation's noise, on images in [-1, 1]. */
    sigma: z.number().positive().optional(),
    /** A file's forward operator, with Gaussian noise of this sigma; one of the library's problems if not given. */
    operator: moduleSchema.optional(),
    /** A file's observation model: an operator with its own noise. */
    observation: moduleSchema.optional(),
    /** The least and greatest value of the samples that are observed. */
    range: z.tuple([z.number(), z.number()]).optional(),
    /** What one of the library's inpaintings leaves where the image is hidden, "noise" as published; "zero" if not given. */
    holes: z.enum(["zero", "noise"]).optional(),
    /** The number by which networks know the problem: its place in the list, if not given. */
    class: z.int().nonnegative().optional(),
    /** A problem that the caller of `loadModel` gives. */
    own: z.literal(true).optional(),
  })
  .refine(({ sigma, observation, own }) => sigma !== undefined || observation !== undefined || own === true, {
    path: ["sigma"],
    message: "give the standard deviation of the noise",
  });

/** The entries that say what a model's networks are, and of which problems. */
export const modelSpecEntries = {
  /** Needed by every stage but those of the conditional flow map alone. */
  flowMap: networkSchema.optional(),
  adapter: networkSchema.optional(),
  /** A flow map that sees the observation, for stages of a kind "conditional-...": a baseline of the other two. */
  conditional: networkSchema.optional(),
  /** Its latents are the flow map's data; the data are images, and so are the observations. */
  autoencoder: networkSchema.optional(),
  problems: z.array(problemSchema).default([]),
};

/**
 * What the networks of a model are, and of which problems.
 *
 * @interface
 */
export type ModelSpec = z.output<z.ZodObject<typeof modelSpecEntries>>;

type ProblemEntry = ModelSpec["problems"][number];

/**
 * The specification of bound networks and problems: what a checkpoint keeps. What has no configuration, and a problem that
 * is none of this library, is `own`: who loads the checkpoint gives it again.
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
