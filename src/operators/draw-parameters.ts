import { isHostArray, randomSource } from "../array/index.js";
import { InputError } from "../errors.js";
import { shown } from "../options.js";
import { type OperatorParameters, type SampleShape } from "./operator.js";
import { type Problem } from "./problem.js";

/**
 * The operator parameters that `observe` draws for `count` samples with this seed. Those of the first samples do not
 * depend on `count`.
 *
 * @throws InputError if the operator does not draw one of each parameter for each sample, or does not draw the mask
 *   that it names
 */
export function drawParameters(
  { name, observation: { operator } }: Problem,
  count: number,
  shape: SampleShape,
  seed: number,
): OperatorParameters {
  const drawn: OperatorParameters = operator.draw(count, shape, randomSource(seed, "parameters", name));
  if (typeof drawn !== "object" || drawn === null)
    throw new InputError(`${operator.name}: draw gives ${shown(drawn)}: make it return an object of arrays, or {}`);
  for (const [parameter, array] of Object.entries(drawn)) {
    if (!isHostArray(array) || !Array.isArray(array.shape))
      throw new InputError(
        `${operator.name}: draw gives "${parameter}" ${shown(array)}: make it an array on the host, with hostArray`,
      );
    if (array.shape[0] !== count)
      throw new InputError(
        `${operator.name}: draw gives "${parameter}" [${array.shape.join(", ")}] for ${count} samples: its first axis has to be theirs`,
      );
  }
  for (const name of ["observedMask", "noiseMask"] as const) {
    const mask = operator[name];
    if (mask !== undefined && !Object.hasOwn(drawn, mask))
      throw new InputError(`${operator.name}: its ${name} "${mask}" is not a parameter that draw gives`);
  }
  return drawn;
}
