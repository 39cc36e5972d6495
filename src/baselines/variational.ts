import { engineOf } from "../compile/index.js";
import { samplePosterior, type VariationalFlowMap } from "../vfm/index.js";
import { type SamplerEngine } from "./engine.js";
import { type PosteriorSampler } from "./posterior-sampler.js";

/**
 * A Variational Flow Map as a posterior sampler: x = f(z), z ~ q(. | y), with `steps` evaluations for each sample. With
 * the flow map before joint training and an adapter that was trained alone, it is the paper's baseline with a frozen
 * flow map.
 *
 * @example
 * const sampler = variationalSampler("ours", model, { steps: 1 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function variationalSampler(
  name: string,
  model: VariationalFlowMap,
  { steps }: { steps: number },
  { batchSize, compileOptions }: SamplerEngine,
): PosteriorSampler {
  return {
    name,
    evaluations: steps,
    sample: async (observation, { samples, seed }) => {
      const options = { ...engineOf(compileOptions), samples, steps, seed, batchSize };
      return (await samplePosterior(model, observation, options)).samples;
    },
  };
}
