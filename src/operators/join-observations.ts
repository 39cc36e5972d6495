import { type HostArray, joinRows } from "../array/index.js";
import { InputError } from "../errors.js";
import { aList, checkArgument } from "../options.js";
import { type Observation, type TransposedObservation } from "./observation.js";
import { checkObservation } from "./observation-checks.js";
import { type Problem, sameObservation } from "./problem.js";

/**
 * Joins observations of one problem into one, in order.
 *
 * @throws InputError if there are none, they are of several problems, or only some of them have y
 * @throws ShapeError if their shapes differ
 * @example
 * const twice = joinObservations([observation, observation]); // of 16 images
 */
export function joinObservations(
  observations: readonly (Observation | TransposedObservation)[],
): Observation | TransposedObservation {
  checkArgument("joinObservations", "observations", observations, aList);
  for (const observation of observations) checkObservation(observation);
  const [first] = observations;
  if (first === undefined) throw new InputError("joinObservations: there are no observations, give one or more");
  const { problem } = first;
  const other = observations.find(
    (one) => one.problem.name !== problem.name || !sameObservation(one.problem.observation, problem.observation),
  );
  if (other !== undefined)
    throw new InputError(
      `joinObservations: ${described(problem)} and ${described(other.problem)} are different problems: join the observations of each separately`,
    );
  const transposed = joinRows(observations.map((one) => one.transposed));
  const whole = observations.filter((one): one is Observation => "y" in one);
  if (whole.length === 0) return { problem, transposed };
  if (whole.length < observations.length)
    throw new InputError("some observations hold y, others A^T y alone: sample them separately");
  const parameters = Object.keys(whole[0].parameters).map((name): [string, HostArray] => [
    name,
    joinRows(whole.map((one) => one.parameters[name])),
  ]);
  return { problem, y: joinRows(whole.map(({ y }) => y)), transposed, parameters: Object.fromEntries(parameters) };
}

function described({ name, observation }: Problem): string {
  return `"${name}" (sigma ${observation.sigma})`;
}
