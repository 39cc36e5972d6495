import { z } from "zod";
import { type Limits } from "./limits.js";
import { type ModelDescription } from "./sampling-worker.js";

const base64 = (description: string) =>
  z.string().refine(isBase64, "has to be base64, with its padding").meta({ description, contentEncoding: "base64" });

/** Whether a text is base64 as in RFC 4648. A single pattern would run out of memory on long texts. */
function isBase64(text: string): boolean {
  return text !== "" && text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.replace(/={1,2}$/, ""));
}

/** The settings of a request that a form's fields and a JSON object have in common. */
function settingsOf(model: ModelDescription, limits: Limits, seed: number) {
  const names = model.problems.map(({ name }) => name);
  const integer = (low: number, high: number, fallback: number, description: string) =>
    z.int().min(low).max(high).default(fallback).meta({ description });
  return {
    problem: z.enum(names).meta({ description: "the inverse problem" }),
    samples: integer(1, limits.samples, Math.min(16, limits.samples), "samples to draw"),
    seed: integer(0, Number.MAX_SAFE_INTEGER, seed, "seed of all random numbers: the same seed gives the same samples"),
    steps: integer(1, limits.steps, 1, "steps of the sampler, each one evaluation of the flow map"),
  };
}

const imageText = "the image to be degraded: PNG, JPEG, WebP, TIFF, GIF or AVIF, resized and cut to the model's size";
const observationText =
  "an observation made elsewhere: a safetensors file as `vfm degrade` writes it, or a picture of A^T y of the model's size";

/** The schemas of requests and answers, for one model and its limits; `seed` is that of requests that give none. */
export function schemasOf(model: ModelDescription, limits: Limits, seed: number) {
  const settings = settingsOf(model, limits, seed);
  const one = "give image (to be degraded) or observation (degraded already), exactly one of them";
  const request = z
    .strictObject({ ...settings, image: base64(imageText).optional(), observation: base64(observationText).optional() })
    .refine(({ image, observation }) => (image === undefined) !== (observation === undefined), one)
    .meta({ description: one });
  // A form's fields are strings.
  const fields = z.strictObject({
    ...settings,
    samples: z.preprocess(numberOfField, settings.samples),
    seed: z.preprocess(numberOfField, settings.seed),
    steps: z.preprocess(numberOfField, settings.steps),
  });
  const file = (description: string) => z.string().optional().meta({ description, format: "binary" });
  const form = z
    .strictObject({ ...settings, image: file(imageText), observation: file(observationText) })
    .meta({ description: one });
  return { request, fields, form, ...answers };
}

function numberOfField(value: unknown): unknown {
  return typeof value === "string" && /^-?\d{1,16}(\.\d+)?$/.test(value) ? Number(value) : value;
}

const png = base64("a PNG");

const answers = {
  answer: z.strictObject({
    problem: z.string(),
    seed: z.int(),
    samples: z.int(),
    steps: z.int(),
    evaluations: z.int().meta({ description: "evaluations of the flow map for each sample" }),
    updated: z.boolean().meta({ description: "whether the samples were conditioned on y once more" }),
    converted: z.array(z.string()).meta({ description: "what was changed in the image when it was read" }),
    observation: png,
    mean: png,
    images: z.array(png).meta({ description: "the samples" }),
  }),
  models: z.strictObject({
    models: z.array(
      z.strictObject({
        name: z.string(),
        image: z.strictObject({ channels: z.int(), height: z.int(), width: z.int() }),
        problems: z.array(
          z.strictObject({
            name: z.string(),
            sigma: z.number().meta({ description: "standard deviation of the noise, on images in [-1, 1]" }),
            updated: z.boolean().meta({ description: "whether samples are conditioned on y once more" }),
          }),
        ),
        limits: z.strictObject({
          samples: z.int(),
          steps: z.int(),
          bodyBytes: z.int(),
          pixels: z.int(),
          seconds: z.number(),
        }),
      }),
    ),
  }),
  state: z.strictObject({ state: z.string() }),
  error: z.strictObject({ error: z.string().meta({ description: "what is wrong and how to fix it, in one line" }) }),
} as const;

/** The settings of a request with their defaults. */
export interface SampleSettings {
  problem: string;
  samples: number;
  seed: number;
  steps: number;
}

/** The schemas of one model's requests and answers. */
export type Schemas = ReturnType<typeof schemasOf>;
