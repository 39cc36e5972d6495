import { ShapeError } from "../../errors.js";
import { aFunction, anObject, checkArgument, integerFrom, positiveInteger } from "../../options.js";
import { checkSome } from "../arrays.js";

/** A table of numbers of one type, row-major. */
export type Table = Float32Array | Float64Array;

/** N pairs of a truth and its observation, drawn from the joint distribution p(x) p(y | x). */
export interface Simulations {
  readonly count: number;
  /** x, [N, d]. */
  readonly truths: Table;
  /** y (or A^T y), [N, k]. */
  readonly observations: Table;
}

/**
 * Any posterior sampler, as a function of tables of numbers: draws `samples` samples for each of the observations.
 *
 * @param observations [N, k]
 * @param samples L, the number for each observation
 * @param seed seed of the samples
 * @returns [N, L, d]
 */
export type TableSampler = (observations: Table, samples: number, seed: number) => Promise<Table>;

/** Simulations with L posterior samples of each, which are to be tested. */
export interface SampledSimulations extends Simulations {
  /** [N, L, d]. */
  readonly samples: Table;
}

/** The number of values of one simulation. Throws InputError if a table is not of `count` whole rows of finite numbers. */
export function rowOf(of: string, name: string, { count }: Pick<Simulations, "count">, table: Table): number {
  checkArgument(of, "count", count, positiveInteger);
  const size = checkSome(table, `${of}: ${name}`) / count;
  if (!Number.isInteger(size))
    throw new ShapeError(`${of}: the ${table.length} values of ${name} are not ${count} whole rows`);
  return size;
}

/**
 * The row sizes of simulations and their samples: number of values of a truth, number of samples of each. Throws
 * InputError as `rowOf` does.
 */
export function formOfSamples(
  of: string,
  sampled: Omit<SampledSimulations, "observations">,
): [size: number, each: number] {
  checkArgument(of, "the simulations", sampled, anObject);
  const size = rowOf(of, "truths", sampled, sampled.truths);
  const each = rowOf(of, "samples", sampled, sampled.samples) / size;
  if (!Number.isInteger(each))
    throw new ShapeError(
      `${of}: ${each * size} values of samples for a truth of ${size}: give each truth equally many samples, one or more`,
    );
  return [size, each];
}

/**
 * Draws the samples to be tested. Throws whatever the sampler throws.
 *
 * @example
 * const prior: calibration.TableSampler = async (observations, count) =>
 *   Float64Array.from({ length: observations.length * count }, () => random.normal());
 * const sampled = await calibration.sampleSimulations(simulations, prior, 99, 0);
 */
export async function sampleSimulations(
  simulations: Simulations,
  sampler: TableSampler,
  samples: number,
  seed: number,
): Promise<SampledSimulations> {
  const of = "sampleSimulations";
  checkArgument(of, "the simulations", simulations, anObject);
  rowOf(of, "truths", simulations, simulations.truths);
  rowOf(of, "observations", simulations, simulations.observations);
  checkArgument(of, "the sampler", sampler, aFunction);
  checkArgument(of, "samples", samples, positiveInteger);
  checkArgument(of, "seed", seed, integerFrom(0));
  return { ...simulations, samples: await sampler(simulations.observations, samples, seed) };
}
