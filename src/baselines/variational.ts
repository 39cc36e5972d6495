import { engineOf } from "../compile/index.js";
import { checkOptions, positiveInteger } from "../options.js";
import { samplePosterior, type VariationalFlowMap } from "../vfm/index.js";
import { type SamplerEngine } from "./engine.js";
import { drawRules, type PosteriorSampler } from "./posterior-sampler.js";

/**
 * A Variational Flow Map as a posterior sampler: x = f(z), z ~ q(. | y), with `steps` evaluations for each sample. With
 * the flow map before joint training and an adapter that was trained alone, it is the paper's baseline with a frozen
 * flow map.
 *
 * Its compiled functions are those of `samplePosterior`, which all samplers of the process share; the engine gives the
 * batch size, the backend, the threads and the device.
 *
 * @throws InputError if the settings are wrong
 * @example
 * const sampler = variationalSampler("ours", model, { steps: 1 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function variationalSampler(
  name: string,
  model: VariationalFlowMap,
  settings: { steps: number },
  { batchSize, compileOptions }: SamplerEngine,
): PosteriorSampler {
  checkOptions(name, settings, { steps: positiveInteger }, ["steps"]);
  const { steps } = settings;
  return {
    name,
    evaluations: steps,
    sample: async (observation, draws) => {
      checkOptions(name, draws, drawRules, ["samples", "seed"]);
      const { samples, seed } = draws;
      const options = { ...engineOf(compileOptions), samples, steps, seed, batchSize };
      return (await samplePosterior(model, observation, options)).samples;
    },
  };
}
