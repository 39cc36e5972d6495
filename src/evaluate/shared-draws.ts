import { type HostArray } from "../array/index.js";
import { conditionalFlowMap, type ConditionalFlowMap, samplerEngine } from "../baselines/index.js";
import { type Backend, engineOf } from "../compile/index.js";
import { type Observation } from "../operators/index.js";
import {
  type ObservationUpdate,
  samplePosterior,
  updatePosteriorSamples,
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
 * Draws samples of N observations as networks give them, without an update: [N, samples, ...imageShape]. `temperature`
 * is the factor on the noise that the networks turn into samples.
 */
export type NetworkDraws = (
  observation: Observation,
  options: SharedDrawsOptions & { temperature: number },
) => Promise<HostArray>;

/** The draws of a Variational Flow Map's networks. */
export function networkDraws(model: VariationalFlowMap): NetworkDraws {
  return async (observation, options) =>
    (await samplePosterior(model, observation, { ...options, batchSize: modelBatch, update: false })).samples;
}

/** The draws of a one-step conditional flow map. */
export function conditionalDraws(model: ConditionalFlowMap): NetworkDraws {
  return (observation, { samples, seed, temperature, backend }) => {
    // Each temperature draws once for an observation, so the compiled functions are not worth keeping.
    const engine = samplerEngine({ batchSize: modelBatch, ...engineOf({ backend }) });
    const sampler = conditionalFlowMap("conditional", model, { steps: 1, temperature }, engine);
    return sampler.sample(observation, { samples, seed }).finally(() => engine.dispose());
  };
}

/**
 * Draws the samples of many updates on one observation. The networks draw once for each temperature, and what they draw
 * is updated in each way: the samples are those of `samplePosterior` with the same seed.
 *
 * @param observation N observations of one problem
 * @returns a function of the update: the samples [N, samples, ...imageShape]; it throws what `draw` throws
 */
export function sharedDraws(
  draw: NetworkDraws,
  observation: Observation,
  options: SharedDrawsOptions,
): (update: ObservationUpdate) => Promise<HostArray> {
  const known = new Map<number, HostArray>();
  const networksAt = async (temperature: number): Promise<HostArray> => {
    const drawn = known.get(temperature) ?? (await draw(observation, { ...options, temperature }));
    known.set(temperature, drawn);
    return drawn;
  };
  const { seed, backend } = options;
  return async ({ temperature, residual }) => {
    const drawn = await networksAt(temperature);
    if (residual === undefined) return drawn;
    return updatePosteriorSamples(drawn, residual, observation, { seed, backend, batchSize: modelBatch });
  };
}
