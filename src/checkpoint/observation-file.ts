import { firstRows, type HostArray } from "../array/index.js";
import { type Observation, type Problem } from "../operators/index.js";
import { encodeSafetensors } from "../storage/index.js";

/** What stands before the name of a mask or kernel in an observation's file. */
export const parameterPrefix = "parameters.";

/**
 * What was observed of one image, as a file of tensors that `vfm sample --observation` takes: `observation`, `aty`, and the mask
 * or kernel as `parameters.<name>`, without the batch's axis. Its metadata say what made it: the problem's name, its operator and the
 * noise's sigma.
 *
 * @param observation of one image; of several, the first is taken
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

/** What made an observation. */
export function originOf({
  name,
  observation: { operator, sigma },
}: Problem): Record<"problem" | "operator" | "sigma", string> {
  return { problem: name, operator: operator.name, sigma: String(sigma) };
}

function first(batch: HostArray): HostArray {
  const { shape, data } = firstRows(batch, 1);
  return { shape: shape.slice(1), data };
}
