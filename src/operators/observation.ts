import { firstRows, type HostArray, takeRows } from "../array/index.js";
import { type OperatorParameters } from "./operator.js";
import { type Problem } from "./problem.js";

/** Observations of N samples of which only A^T y is known: the input of an adapter. */
export interface TransposedObservation {
  /** The problem that was observed, with its operator and noise. */
  readonly problem: Problem;
  /** A^T y, the observations brought back to the samples' shape: [N, ...shape]. */
  readonly transposed: HostArray;
}

/** The observations of N samples: everything that is needed to infer the samples. */
export interface Observation extends TransposedObservation {
  /** y, [N, ...observationShape]; 0 where nothing was observed. */
  readonly y: HostArray;
  /** The masks or kernels of the observations: arrays whose first axis is the sample. */
  readonly parameters: OperatorParameters;
}

/**
 * The observations with these indices, in this order.
 *
 * @example
 * const some = observationRows(observation, [0, 2, 4]);
 */
export function observationRows(
  { problem, y, transposed, parameters }: Observation,
  rows: Int32Array | readonly number[],
): Observation {
  return {
    problem,
    y: takeRows(y, rows),
    transposed: takeRows(transposed, rows),
    parameters: mapParameters(parameters, (array) => takeRows(array, rows)),
  };
}

/** The first `wanted` observations, or all if there are fewer; the memory is shared. */
export function firstObservations({ problem, y, transposed, parameters }: Observation, wanted: number): Observation {
  return {
    problem,
    y: firstRows(y, wanted),
    transposed: firstRows(transposed, wanted),
    parameters: mapParameters(parameters, (array) => firstRows(array, wanted)),
  };
}

function mapParameters(parameters: OperatorParameters, change: (array: HostArray) => HostArray): OperatorParameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, change(array)]));
}
