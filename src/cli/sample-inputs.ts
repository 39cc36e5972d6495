import { parse } from "node:path";
import { type HostArray, joinRows } from "../array/index.js";
import { type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { type ImageReading } from "../node/data/index.js";
import {
  joinObservations,
  type Observation,
  observe,
  pictureOf,
  type Problem,
  type TransposedObservation,
} from "../operators/index.js";
import { unstack } from "../report/index.js";
import { readImageBatch } from "./image-input.js";
import { first, type ReadObservation, readObservation } from "./observation-file.js";

/** One image or observation that samples are drawn for. */
export interface SampleInput {
  /** The name of its files. */
  name: string;
  image?: string;
  observation?: string;
  /** What was changed in its pictures when they were read; absent if nothing was changed. */
  converted?: ImageReading["converted"];
  /** How many values of an observation given as a picture lie at the ends of [-1, 1], where pictures are clipped. */
  clipped?: number;
  /** What the report shows as the observation, [C, H, W]: y if it is known and is a picture, else A^T y. */
  shown: HostArray;
  /** The image, [C, H, W], where it is known. */
  truth?: HostArray;
}

/** What samples are drawn for: y with its mask or kernel, or only A^T y if no more is known. */
export interface SampleInputs {
  observation: Observation | TransposedObservation;
  inputs: readonly SampleInput[];
}

/**
 * Reads the images of `vfm sample` and degrades them, or reads observations, and notes what was lost or changed in a picture.
 *
 * @throws InputError if there is none, one cannot be read, or the numbers of images and observations differ
 */
export async function readSampleInputs(
  { image: images = [], observation: observations = [] }: { image?: string[]; observation?: string[] },
  shape: ImageShape,
  problem: Problem,
  seed: number,
  note: (line: string) => void,
): Promise<SampleInputs> {
  const count = Math.max(images.length, observations.length);
  if (count === 0) throw new InputError("give --image (to be degraded) or --observation (degraded already)");
  if (images.length > 0 && observations.length > 0 && images.length !== observations.length)
    throw new InputError(
      `there are ${images.length} of --image and ${observations.length} of --observation: give equally many, in the same order`,
    );
  const names = distinct((images.length > 0 ? images : observations).map((path) => parse(path).name));
  const read: Awaited<ReturnType<typeof readImageBatch>>[] = [];
  for (const path of images) read.push(await readImageBatch(path, shape));
  const seen: ReadObservation[] = [];
  for (const path of observations) seen.push(await readObservation(path, problem, shape));
  const truths: HostArray[] = read.map((one) => one.images);
  const made = seen.length > 0 ? undefined : await observe(problem, joinRows(truths), { seed });
  const observation = made ?? joinObservations(seen.map((one) => one.observation));
  const shown = unstack(pictureOf(observation));
  const inputs = names.map((name, i): SampleInput => {
    const changes = [
      { path: images[i], converted: read[i]?.converted ?? [] },
      { path: observations[i], converted: seen[i]?.converted ?? [] },
    ];
    for (const { path, converted: its } of changes)
      if (its.length > 0) note(`${path} was converted: ${its.join(", ")}`);
    const converted = changes.flatMap((change) => change.converted);
    const clipped = seen[i]?.clipped;
    if (clipped !== undefined)
      note(
        `${observations[i]} is a picture: its values are rounded to 8 bits and clipped to [-1, 1], ${clipped} of them at these limits; a .safetensors file keeps exact values`,
      );
    return {
      name,
      ...(images[i] !== undefined && { image: images[i] }),
      ...(observations[i] !== undefined && { observation: observations[i] }),
      ...(converted.length > 0 && { converted }),
      ...(clipped !== undefined && { clipped }),
      shown: shown[i],
      ...(truths.length > 0 && { truth: first(truths[i]) }),
    };
  });
  return { observation, inputs };
}

/** Unique names: a name that occurs again gets a number. A name of dots alone would be a folder. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((given) => {
    const name = /^\.*$/.test(given) ? given.replaceAll(".", "_") : given;
    let own = name;
    for (let number = 2; taken.has(own); number++) own = `${name}-${number}`;
    taken.add(own);
    return own;
  });
}
