import { type HostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { type Observation, type TransposedObservation } from "./observation.js";
import { type Problem } from "./problem.js";

/**
 * Checks that a picture can stand for an observation of the problem: that it is A^T y, without the operator's parameters.
 *
 * @param advice what to give instead, for the message
 * @throws InputError if A^T y depends on them
 */
export function checkPicture({ name, observation: { operator } }: Problem, advice: string): void {
  if (operator.transposeNeedsParameters)
    throw new InputError(
      `problem "${name}" of this model needs more than a picture, which does not say how it was degraded: ${advice}`,
    );
}

/** Observations as pictures, [N, ...]: y if it is known and has the axes of grey or colour pictures, else A^T y. */
export function pictureOf(observation: Observation | TransposedObservation): HostArray {
  if (!("y" in observation)) return observation.transposed;
  const [, channels, ...sides] = observation.y.shape;
  const isPicture = sides.length === 2 && (channels === 1 || channels === 3);
  return isPicture ? observation.y : observation.transposed;
}
