import { zipSync } from "fflate";
import { encodePng } from "../node/data/index.js";
import { meanOf, sampleTensors, unstack } from "../report/index.js";
import { encodeSafetensors } from "../storage/index.js";
import { type SampleRequest } from "./inputs.js";
import { type Sampled } from "./sampling.js";

/** The media types of an answer; the first is the default if the client accepts any. */
export const answerTypes = ["application/json", "application/vnd.safetensors", "application/zip"] as const;

/** One of the media types. */
export type AnswerType = (typeof answerTypes)[number];

/** Samples that were drawn. */
export type Drawn = Exclude<Sampled, { refused: string }>;

/**
 * The media type that an Accept header prefers.
 *
 * @returns undefined if it accepts none of them
 */
export function acceptedType(accept = "*/*"): AnswerType | undefined {
  const ranges = accept.split(",").map((part) => {
    const [range, ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const quality = parameters.find((text) => text.startsWith("q="));
    return { range, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  const qualityOf = (type: AnswerType): number => {
    // The most specific range decides.
    const found = [type, "application/*", "*/*"].map((range) => ranges.find((one) => one.range === range));
    return found.find((one) => one !== undefined)?.quality ?? 0;
  };
  const best = answerTypes.reduce((a, b) => (qualityOf(b) > qualityOf(a) ? b : a));
  return qualityOf(best) > 0 ? best : undefined;
}

/** An answer's body in the requested media type. */
export async function encodeAnswer(
  type: AnswerType,
  { job, converted }: SampleRequest,
  { samples, shown, updated, evaluations }: Drawn,
): Promise<string | Uint8Array> {
  const { problem, seed, steps } = job;
  const mean = meanOf(samples);
  const about = { problem, seed, samples: job.samples, steps, evaluations, updated, converted };
  const tensors = (): Uint8Array =>
    encodeSafetensors(new Map(Object.entries(sampleTensors(samples))), {
      metadata: Object.fromEntries(
        Object.entries(about).map(([name, value]) => [name, typeof value === "object" ? value.join(", ") : `${value}`]),
      ),
    });
  if (type === "application/vnd.safetensors") return tensors();
  const [meanPng, shownPng, ...images] = await Promise.all([mean, shown, ...unstack(samples)].map(encodePng));
  if (type === "application/json") {
    const text = (png: Buffer): string => png.toString("base64");
    return JSON.stringify({ ...about, observation: text(shownPng), mean: text(meanPng), images: images.map(text) });
  }
  const number = (i: number): string => String(i + 1).padStart(3, "0");
  const files = {
    "samples.json": new TextEncoder().encode(`${JSON.stringify(about, null, 2)}\n`),
    "observation.png": shownPng,
    "mean.png": meanPng,
    ...Object.fromEntries(images.map((png, i) => [`sample-${number(i)}.png`, png])),
    "samples.safetensors": tensors(),
  };
  // PNGs are compressed already, and noise cannot be. The date, a zip's first in any time zone, is fixed so that equal
  // requests get equal answers.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}
