import { constantTree, type HostArray, mul, type NDArray, ones, sub, type Tree } from "../array/index.js";
import { engineOf } from "../compile/index.js";
import { timeGrid } from "../flow/index.js";
import { type Problem } from "../operators/index.js";
import { aFunction, aList, anObject, checkEntries, checkOptions, numberFrom, positiveInteger } from "../options.js";
import { classOf, type ObservationUpdate, updatePosteriorSamples } from "../vfm/index.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { type PosteriorSampler } from "./posterior-sampler.js";

/**
 * A flow map trained with the observation as an input: its network as a function of its parameters, and the parameters.
 */
export interface ConditionalFlowMap {
  /** The problems that it knows. */
  readonly problems: readonly Problem[];
  readonly parameters: Tree<HostArray>;
  /** For each problem by name, how its samples are conditioned on the observation once more: see `updatedConditional`. */
  readonly updates?: ReadonlyMap<string, ObservationUpdate> | undefined;
  /** u(x_t, r, t | A^T y, c). x, aty: [B, C, H, W], r, t: [B], problem: int32 [B]. */
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, aty: NDArray, problem: NDArray): NDArray;
}

/**
 * A conditional flow: flow matching (Lipman et al. 2023) of the velocity u(x_t, t, t | A^T y, c), integrated by Euler's
 * method. It takes `steps` evaluations for each sample, none differentiated. Exact for an exact network and many steps.
 *
 * @throws InputError if the model or the settings are wrong
 * @example
 * const { conditional } = await loadConditional("runs/conditional/checkpoint");
 * const sampler = conditionalFlow(conditional, { steps: 50 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function conditionalFlow(
  model: ConditionalFlowMap,
  settings: { steps: number },
  engine: SamplerEngine,
): PosteriorSampler {
  checkOptions("conditionalFlow", settings, { steps: positiveInteger }, ["steps"]);
  return integrate("conditional-flow", (t) => t, model, settings.steps, engine);
}

/**
 * A conditional flow map: x_r = x_t - (t - r) u(x_t, r, t | A^T y, c) from noise; in one step it is the generator x = z
 * - u(z, 0, 1 | A^T y, c). It takes `steps` evaluations for each sample, none differentiated. Exact for an exact flow
 * map. `temperature` is a factor on the noise z; default: 1.
 *
 * @throws InputError if the model or the settings are wrong
 * @example
 * const { conditional } = await loadConditional("runs/conditional/checkpoint");
 * const sampler = conditionalFlowMap("one step", conditional, { steps: 1 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function conditionalFlowMap(
  name: string,
  model: ConditionalFlowMap,
  settings: { steps: number; temperature?: number | undefined },
  engine: SamplerEngine,
): PosteriorSampler {
  checkOptions(name, settings, { steps: positiveInteger, temperature: numberFrom(0) }, ["steps"]);
  const { steps, temperature } = settings;
  return integrate(name, (_t, r) => r, model, steps, engine, temperature);
}

/**
 * A one-step conditional flow map whose samples are conditioned on their observation once more, as those of a
 * Variational Flow Map are (see `updateOnObservation`), where the model has an update for the problem.
 *
 * @throws InputError if the model is wrong
 * @example
 * const { conditional } = await loadConditional("runs/conditional/checkpoint");
 * const sampler = updatedConditional("updated", conditional, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function updatedConditional(name: string, model: ConditionalFlowMap, engine: SamplerEngine): PosteriorSampler {
  checkConditional(name, model);
  return {
    name,
    evaluations: 1,
    sample: async (observation, options) => {
      const { temperature, residual } = model.updates?.get(observation.problem.name) ?? {};
      const drawn = await conditionalFlowMap(name, model, { steps: 1, temperature }, engine).sample(
        observation,
        options,
      );
      if (residual === undefined) return drawn;
      const { batchSize, compileOptions } = engine;
      return updatePosteriorSamples(drawn, residual, observation, {
        ...engineOf(compileOptions),
        batchSize,
        seed: options.seed,
      });
    },
  };
}

/** Throws InputError unless a value is a conditional flow map. */
function checkConditional(of: string, model: ConditionalFlowMap): void {
  checkEntries(of, "the model", model, { problems: aList, parameters: anObject, meanVelocity: aFunction });
}

/** Steps x_r = x_t - (t - r) u(x_t, s, t), where `early` computes s from t and r. */
function integrate(
  name: string,
  early: (t: number, r: number) => number,
  model: ConditionalFlowMap,
  steps: number,
  engine: SamplerEngine,
  temperature = 1,
): PosteriorSampler {
  checkConditional(name, model);
  const times = timeGrid(steps);
  return chainSampler(
    {
      name,
      owner: model,
      steps,
      classOf: (problem) => classOf(model, problem),
      draws: { normal: false, uniform: false },
      start: (noise, _observation, scalars) => ({ x: mul(noise, scalars.temperature) }),
      scalars: (step) => {
        const [t, r] = [times[step], times[step + 1]];
        return { t, early: early(t, r), change: t - r, temperature };
      },
      step: ({ x }, { aty, problem }, scalars) => {
        const [s, t] = [scalars.early, scalars.t].map((time) => mul(ones([x.shape[0]]), time));
        const u = model.meanVelocity(constantTree(model.parameters), x, s, t, aty, problem);
        return { x: sub(x, mul(u, scalars.change)) };
      },
    },
    engine,
  );
}
