import { firstRows, type HostArray, hostType } from "../array/index.js";
import { type EngineSettings } from "../compile/index.js";
import { requireFinite } from "../data/index.js";
import { InputError } from "../errors.js";
import { quoted } from "../quoted-text.js";
import {
  drawParameters,
  type Observation,
  observationOf,
  type Problem,
  type SampleShape,
  type TransposedObservation,
  withOwnHoleValues,
} from "../operators/index.js";
import { decodeMetadata, decodeSafetensors, encodeSafetensors, type SafetensorsMetadata } from "../storage/index.js";

/** Prefix of the name of a mask or kernel in an observation's file. */
const parameterPrefix = "parameters.";

/**
 * Encodes the observation of one image as a file of tensors for `vfm sample --observation`: `observation`, `aty`, and
 * the mask or kernel as `parameters.<name>`, without the batch axis. The metadata tell how it was made: the problem's
 * name, its operator and the noise's sigma.
 *
 * @param observation the observation of one image; of several, the first is used
 * @returns the bytes of a safetensors file
 * @example
 * const bytes = encodeObservation(observation);
 */
export function encodeObservation({ problem, y, transposed, parameters }: Observation): Uint8Array<ArrayBuffer> {
  const drawn = Object.entries(parameters).map(([name, array]): [string, HostArray] => [
    `${parameterPrefix}${name}`,
    first(array),
  ]);
  return encodeSafetensors(new Map([["observation", first(y)], ["aty", first(transposed)], ...drawn]), {
    metadata: originOf(problem),
  });
}

/** The problem, operator and noise of an observation. */
export function originOf({
  name,
  observation: { operator, sigma },
}: Problem): Record<"problem" | "operator" | "sigma", string> {
  return { problem: name, operator: operator.name, sigma: String(sigma) };
}

/**
 * Decodes the observation of one image from a file of `encodeObservation`: all of it if the file contains y, otherwise
 * A^T y alone.
 *
 * @param source the file's name, for messages
 * @param shape the shape of the image, [C, H, W]
 * @throws InputError if y, A^T y, the mask or the kernel is missing, misshapen, not float32 or not finite, or the file
 *   says that it was made by another problem, operator or noise
 */
export function decodeObservation(
  bytes: Uint8Array,
  source: string,
  problem: Problem,
  shape: SampleShape,
): Observation | TransposedObservation {
  requireOrigin(decodeMetadata(bytes, source), problem, source);
  const tensors = decodeSafetensors(
    bytes,
    source,
    (name) => name === "aty" || name === "observation" || name.startsWith(parameterPrefix),
  );
  const read = (name: string, wanted: SampleShape, whose: string): HostArray => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new InputError(`${source} has no tensor "${name}"`);
    if (tensor.shape.join() !== wanted.join())
      throw new InputError(`${source}: ${name} is [${tensor.shape.join(", ")}], ${whose} [${wanted.join(", ")}]`);
    if (hostType(tensor) !== "float32") throw new InputError(`${source}: ${name} has to be float32, it is int32`);
    requireFinite(tensor, `${source}: ${name}`);
    return { shape: [1, ...wanted], data: tensor.data };
  };
  const transposed = read("aty", shape, "the model's images are");
  if (!tensors.has("observation")) return { problem, transposed: seenWithNoise(problem, transposed) };
  const needs = `${problem.name} needs`;
  const drawn = Object.entries(drawParameters(problem, 1, shape, 0)).map(([name, one]): [string, HostArray] => [
    name,
    read(`${parameterPrefix}${name}`, one.shape.slice(1), needs),
  ]);
  const y = read("observation", problem.observation.operator.observationShape(shape), needs);
  return { problem, y, transposed, parameters: Object.fromEntries(drawn) };
}

/**
 * An observation with the holes and the A^T y of the given problem, because another model of the same problem may fill
 * its holes differently, or have another A^T.
 */
export async function withOwnHoles<Given extends Observation | TransposedObservation>(
  observation: Given,
  engine: EngineSettings = {},
): Promise<Given | Observation> {
  const { problem, transposed } = observation;
  const { observedMask, noiseMask, transposeNeedsParameters = false } = problem.observation.operator;
  const hasHoles = observedMask !== undefined || noiseMask !== undefined;
  if (!("y" in observation) || !(hasHoles || transposeNeedsParameters)) return observation;
  const { y, parameters } = observation;
  return observationOf(problem, y, { parameters, image: transposed.shape.slice(1), ...engine });
}

/** Rejects an observation of another problem, operator or noise. A file from elsewhere need not name them. */
function requireOrigin(metadata: SafetensorsMetadata, problem: Problem, source: string): void {
  for (const [what, wanted] of Object.entries(originOf(problem))) {
    const found = metadata[what] ?? wanted;
    if (found !== wanted)
      throw new InputError(
        `${source} was observed with ${what} ${quoted(found)}, ${problem.name} of this model has ${what} ${wanted}: sample it with a model and problem that match`,
      );
  }
}

/** A^T y alone, with noise in the holes if the problem has noise there. Exact zeros count as holes. */
function seenWithNoise(problem: Problem, transposed: HostArray): HostArray {
  const { noiseMask } = problem.observation.operator;
  if (noiseMask === undefined) return transposed;
  const { shape, data } = transposed;
  const [, channels, height, width] = shape;
  const area = height * width;
  const mask = Float32Array.from({ length: area }, (_, pixel) =>
    Array.from({ length: channels }, (_, channel) => data[channel * area + pixel]).some((value) => value !== 0) ? 1 : 0,
  );
  return withOwnHoleValues(problem, transposed, { [noiseMask]: { shape: [1, 1, height, width], data: mask } });
}

function first(batch: HostArray): HostArray {
  const { shape, data } = firstRows(batch, 1);
  return { shape: shape.slice(1), data };
}
