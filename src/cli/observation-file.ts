import { type HostArray } from "../array/index.js";
import { batchShape, type ImageShape } from "../data/index.js";
import { decodeObservation, withOwnHoles } from "../checkpoint/index.js";
import { type ImageReading, readImageFile } from "../node/data/index.js";
import { checkPicture, type Observation, type Problem, type TransposedObservation } from "../operators/index.js";
import { readInput } from "../storage/index.js";
import { isTensorFile } from "./image-input.js";

/** The only array of a batch of one: [1, ...shape] -> [...shape]. */
export function first({ shape, data }: HostArray): HostArray {
  return { shape: shape.slice(1), data };
}

/** An observation that was read from a file. */
export interface ReadObservation {
  observation: Observation | TransposedObservation;
  /** What was changed in a picture. */
  converted: ImageReading["converted"];
  /** For a picture: how many values lie at the ends of [-1, 1], where pictures are clipped. */
  clipped?: number;
}

/**
 * Reads an observation of one image: the whole observation from a file of tensors that holds y, else A^T y alone.
 *
 * @throws InputError if y, A^T y, the mask or the kernel is missing, misshapen or not finite, the file names another
 *   problem, operator or noise, or a picture does not suffice
 */
export async function readObservation(path: string, problem: Problem, image: ImageShape): Promise<ReadObservation> {
  if (isTensorFile(path)) {
    const { channels, height, width } = image;
    const decoded = decodeObservation(await readInput(path), path, problem, [channels, height, width]);
    return { observation: await withOwnHoles(decoded), converted: [] };
  }
  checkPicture(problem, 'give y and its parameters in a .safetensors file ("vfm degrade" writes one)');
  const { image: read, converted } = await readImageFile(path, image, { size: "exact" });
  const transposed = { shape: batchShape(1, image), data: read.data };
  return { observation: { problem, transposed }, converted, clipped: atEnds(transposed) };
}

function atEnds({ data }: HostArray): number {
  return Array.from(data).filter((value) => Math.abs(value) >= 1).length;
}
