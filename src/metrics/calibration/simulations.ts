/** Numbers of one kind of a table, row major. */
export type Table = Float32Array | Float64Array;

/** N pairs of a truth and its observation, drawn from the joint law p(x) p(y | x). */
export interface Simulations {
  readonly count: number;
  /** x, [N, d]. */
  readonly truths: Table;
  /** y (or A^T y), [N, k]. */
  readonly observations: Table;
}

/**
 * Any sampler of a posterior: draws `samples` samples for each of the observations.
 *
 * @param observations [N, k]
 * @param samples L, the number for each observation
 * @param seed fixes the samples
 * @returns [N, L, d]
 */
export type PosteriorSampler = (observations: Table, samples: number, seed: number) => Promise<Table>;

/** Simulations with the L posterior samples of each that are to be judged. */
export interface SampledSimulations extends Simulations {
  /** [N, L, d]. */
  readonly samples: Table;
}

/**
 * Draws the samples to be judged. Throws what the sampler throws.
 *
 * @example
 * const prior: calibration.PosteriorSampler = async (observations, count) =>
 *   Float64Array.from({ length: observations.length * count }, () => random.normal());
 * const sampled = await calibration.sampleSimulations(simulations, prior, 99, 0);
 */
export async function sampleSimulations(
  simulations: Simulations,
  sampler: PosteriorSampler,
  samples: number,
  seed: number,
): Promise<SampledSimulations> {
  return { ...simulations, samples: await sampler(simulations.observations, samples, seed) };
}
