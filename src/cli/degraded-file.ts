import { type HostArray } from "../array/index.js";
import { type ImageShape, requireFinite } from "../data/index.js";
import { InputError } from "../errors.js";
import { type Degraded, drawParameters, type MeasuredImages, measurementOf, type Problem } from "../operators/index.js";
import { decodeSafetensors, encodeSafetensors, readInput } from "../storage/index.js";

const parameterPrefix = "parameters.";

/** The only array of a batch of one: [1, ...shape] -> [...shape]. */
export function first({ shape, data }: HostArray): HostArray {
  return { shape: shape.slice(1), data };
}

/** What was observed of one image, as a file of tensors: `observation`, `aty`, and the mask or kernel as `parameters.<name>`. */
export function encodeDegraded({ observation, transposed, parameters }: Degraded): Uint8Array {
  const drawn = Object.entries(parameters).map(([name, array]): [string, HostArray] => [
    `${parameterPrefix}${name}`,
    first(array),
  ]);
  return encodeSafetensors(new Map([["observation", first(observation)], ["aty", first(transposed)], ...drawn]));
}

/**
 * What a file of tensors says was measured, beside A^T y; undefined if it holds A^T y alone.
 *
 * @throws InputError if the observation, mask or kernel is missing, misshapen or not finite
 */
export async function readMeasured(
  path: string,
  problem: Problem,
  image: ImageShape,
): Promise<MeasuredImages | undefined> {
  const tensors = decodeSafetensors(await readInput(path), path);
  if (!tensors.has("observation")) return undefined;
  const read = (name: string, shape: readonly number[]): HostArray => {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join())
      throw new InputError(
        `${path}: ${name} is ${tensor === undefined ? "missing" : `[${tensor.shape.join(", ")}]`}, ${problem.name} needs [${shape.join(", ")}]`,
      );
    requireFinite(tensor, `${path}: ${name}`);
    return { shape: [1, ...shape], data: tensor.data };
  };
  const { operator } = problem.observation;
  const drawn = Object.entries(drawParameters(problem, 1, image, 0)).map(([name, { shape }]): [string, HostArray] => [
    name,
    read(`${parameterPrefix}${name}`, shape.slice(1)),
  ]);
  const y = read("observation", operator.observationShape(image));
  return measurementOf(problem, { observation: y, parameters: Object.fromEntries(drawn) });
}
