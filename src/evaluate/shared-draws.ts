import { hostArray, type HostArray } from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { type Observation } from "../operators/index.js";
import {
  noiseOfSeed,
  type ObservationUpdate,
  samplePosterior,
  updateSamples,
  type VariationalFlowMap,
} from "../vfm/index.js";
import { modelBatch } from "./model-sampler.js";

/** Options of `sharedDraws`. */
export interface SharedDrawsOptions {
  /** Number of samples of each observation. */
  samples: number;
  seed: number;
  backend?: Backend | undefined;
}

/**
 * Draws the samples of many updates of one model on one observation. The networks draw once for each temperature, and
 * what they draw is updated in each way: the samples are those of `samplePosterior` with the same seed.
 *
 * @param observation N observations of one problem
 * @returns a function of the update: the samples [N, samples, ...imageShape]; it throws what `samplePosterior` throws
 */
export function sharedDraws(
  model: VariationalFlowMap,
  observation: Observation,
  { samples, seed, backend }: SharedDrawsOptions,
): (update: ObservationUpdate) => Promise<HostArray> {
  const options = { samples, batchSize: modelBatch, backend };
  const known = new Map<number, HostArray>();
  const networksAt = async (temperature: number): Promise<HostArray> => {
    const drawn =
      known.get(temperature) ??
      (await samplePosterior(model, observation, { ...options, seed, temperature, update: false })).samples;
    known.set(temperature, drawn);
    return drawn;
  };
  return async ({ temperature, residual }) => {
    const drawn = await networksAt(temperature);
    if (residual === undefined) return drawn;
    const [count, each, ...imageShape] = drawn.shape;
    const images = hostArray(drawn.data, [count * each, ...imageShape]);
    const batchSize = Math.min(modelBatch, count * each);
    const noise = noiseOfSeed(seed, samples);
    const updated = await updateSamples(images, residual, observation, { ...options, batchSize }, noise);
    return hostArray(updated.data, drawn.shape);
  };
}
