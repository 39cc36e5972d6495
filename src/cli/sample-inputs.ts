import { parse } from "node:path";
import { type HostArray, joinRows } from "../array/index.js";
import { type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { type ImageReading } from "../node/data/index.js";
import { joinObservations, type Observation, observe, type Problem, type SeenObservation } from "../operators/index.js";
import { unstack } from "../report/index.js";
import { readImageBatch } from "./image-input.js";
import { first, type ReadObservation, readObservation } from "./observation-file.js";

/** One image or observation that samples are drawn for. */
export interface SampleInput {
  /** What its files are named by. */
  name: string;
  image?: string;
  observation?: string;
  /** What was changed in its pictures when they were read; absent if nothing was. */
  converted?: ImageReading["converted"];
  /** Values of an observation in a picture that lie at the ends of [-1, 1], where a picture cuts them off. */
  clipped?: number;
  /** What the report shows as the observation, [C, H, W]: y itself where it was made here. */
  shown: HostArray;
  /** The image, [C, H, W], where it is known. */
  truth?: HostArray;
}

/** What samples are drawn for: y with the mask or kernel behind it, or A^T y alone where no more is known. */
export interface SampleInputs {
  observation: Observation | SeenObservation;
  inputs: readonly SampleInput[];
}

/**
 * Reads the images of `vfm sample` and degrades them, or reads observations, and says what is lost or changed in a picture.
 *
 * @throws InputError if there is none, one cannot be read, or there are not as many images as observations
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
      `there are ${images.length} of --image and ${observations.length} of --observation: give as many, in the same order`,
    );
  const names = distinct((images.length > 0 ? images : observations).map((path) => parse(path).name));
  const read: Awaited<ReturnType<typeof readImageBatch>>[] = [];
  for (const path of images) read.push(await readImageBatch(path, shape));
  const seen: ReadObservation[] = [];
  for (const path of observations) seen.push(await readObservation(path, problem, shape));
  const truths: HostArray[] = read.map((one) => one.images);
  const made = seen.length > 0 ? undefined : await observe(problem, joinRows(truths), { seed });
  const observation = made ?? joinObservations(seen.map((one) => one.observation));
  const shown = unstack(made?.y ?? observation.transposed);
  const inputs = names.map((name, i): SampleInput => {
    const converted = [...(read[i]?.converted ?? []), ...(seen[i]?.converted ?? [])];
    if (converted.length > 0) note(`${images[i] ?? observations[i]} was converted: ${converted.join(", ")}`);
    const clipped = seen[i]?.clipped;
    if (clipped !== undefined)
      note(
        `${observations[i]} is a picture: its values are rounded to 8 bits and were cut off outside [-1, 1], where ${clipped} of them lie; a .safetensors keeps them`,
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

/** Names of which none stands there twice: later ones get a number. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let number = 2; taken.has(own); number++) own = `${name}-${number}`;
    taken.add(own);
    return own;
  });
}
