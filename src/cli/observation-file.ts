import { type HostArray } from "../array/index.js";
import { type ImageShape, requireFinite } from "../data/index.js";
import { InputError } from "../errors.js";
import { quoted } from "../quoted-text.js";
import { originOf, parameterPrefix } from "../checkpoint/index.js";
import { type ImageReading } from "../node/data/index.js";
import {
  drawParameters,
  type Observation,
  observationOf,
  type Problem,
  type SeenObservation,
  withNoiseInHoles,
} from "../operators/index.js";
import { decodeMetadata, decodeSafetensors, readInput, type SafetensorsMetadata } from "../storage/index.js";
import { isTensorFile, readImageBatch } from "./image-input.js";

/** The only array of a batch of one: [1, ...shape] -> [...shape]. */
export function first({ shape, data }: HostArray): HostArray {
  return { shape: shape.slice(1), data };
}

/** Refuses an observation of another problem, operator or noise. A file made elsewhere need not say what made it. */
function requireOrigin(metadata: SafetensorsMetadata, problem: Problem, path: string): void {
  for (const [what, wanted] of Object.entries(originOf(problem))) {
    const found = metadata[what] ?? wanted;
    if (found !== wanted)
      throw new InputError(
        `${path} was observed with ${what} ${quoted(found)}, ${problem.name} of this model has ${what} ${wanted}: sample it as what it is`,
      );
  }
}

/** An observation that was read from a file. */
export interface ReadObservation {
  observation: Observation | SeenObservation;
  /** What was changed in a picture. */
  converted: ImageReading["converted"];
  /** Of a picture: how many values lie at the ends of [-1, 1], where a picture cuts off what lies beyond. */
  clipped?: number;
}

/**
 * Reads an observation of one image: all of it from a file of tensors that holds y, or else A^T y alone.
 *
 * @throws InputError if y, A^T y, the mask or the kernel is missing, misshapen or not finite, or the file says that another
 *   problem, operator or noise made it
 */
export async function readObservation(path: string, problem: Problem, image: ImageShape): Promise<ReadObservation> {
  const bytes = isTensorFile(path) ? await readInput(path) : undefined;
  if (bytes !== undefined) requireOrigin(decodeMetadata(bytes, path), problem, path);
  const { images: transposed, converted } = await readImageBatch(path, image, "aty");
  const isPart = (name: string): boolean => name === "observation" || name.startsWith(parameterPrefix);
  const tensors = bytes && decodeSafetensors(bytes, path, isPart);
  if (tensors === undefined) return { observation: { problem, transposed }, converted, clipped: atEnds(transposed) };
  if (!tensors.has("observation"))
    return { observation: { problem, transposed: seenWithNoise(problem, transposed) }, converted };
  const read = (name: string, shape: readonly number[]): HostArray => {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join())
      throw new InputError(
        `${path}: ${name} is ${tensor === undefined ? "missing" : `[${tensor.shape.join(", ")}]`}, ${problem.name} needs [${shape.join(", ")}]`,
      );
    requireFinite(tensor, `${path}: ${name}`);
    return { shape: [1, ...shape], data: tensor.data };
  };
  const [, ...shape] = transposed.shape;
  const drawn = Object.entries(drawParameters(problem, 1, shape, 0)).map(([name, one]): [string, HostArray] => [
    name,
    read(`${parameterPrefix}${name}`, one.shape.slice(1)),
  ]);
  const y = read("observation", problem.observation.operator.observationShape(shape));
  const parameters = Object.fromEntries(drawn);
  const { observedMask, noiseMask } = problem.observation.operator;
  // Another model of the same problem may leave the holes in another way.
  if (observedMask !== undefined || noiseMask !== undefined)
    return { observation: await observationOf(problem, y, { parameters, image: shape }), converted };
  return { observation: { problem, y, transposed, parameters }, converted };
}

/** A^T y alone, with noise in the holes where the problem has it there: exact zeros are holes. */
function seenWithNoise(problem: Problem, transposed: HostArray): HostArray {
  const { noiseMask } = problem.observation.operator;
  if (noiseMask === undefined) return transposed;
  const { shape, data } = transposed;
  const [, channels, height, width] = shape;
  const area = height * width;
  const mask = Float32Array.from({ length: area }, (_, pixel) =>
    Array.from({ length: channels }, (_, channel) => data[channel * area + pixel]).some((value) => value !== 0) ? 1 : 0,
  );
  return withNoiseInHoles(problem, transposed, { [noiseMask]: { shape: [1, 1, height, width], data: mask } });
}

function atEnds({ data }: HostArray): number {
  return Array.from(data).filter((value) => Math.abs(value) >= 1).length;
}
