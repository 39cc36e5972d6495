import { add, div, mul, sub } from "../array/index.js";
import { timeGrid } from "../flow/index.js";
import { checkOptions, finiteNumber, type OptionRules, positiveInteger, positiveNumber } from "../options.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { withSquaredNorm } from "./observation.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

/** Settings of `plugAndPlayFlow`. */
export interface PnpFlowSettings {
  /** Number of steps, with one evaluation of the network each. */
  steps: number;
  /** Step size of the descent on ||y - A x||^2 / 2 at t = 1, multiplied by ||A||^2; below 2. */
  stepSize: number;
  /** alpha: the step size at t is stepSize t^alpha. */
  exponent: number;
}

const rules: OptionRules<PnpFlowSettings> = {
  steps: positiveInteger,
  stepSize: positiveNumber(),
  exponent: finiteNumber,
};

/**
 * PnP-Flow (Martin et al. 2025, "PnP-Flow: plug-and-play image restoration with flow matching", algorithm 3): for t = 1 down
 * to 1 / steps
 *
 *     x <- x + stepSize / ||A||^2 t^alpha A^T (y - A x),  x_t = (1 - t) x + t eps,  x <- x_t - t v(x_t, t).
 *
 * It takes `steps` evaluations for each sample, none differentiated. Known bias: it is designed for restoration, not
 * for sampling. The added noise shrinks with t, so the samples spread far less than the posterior (published runs even
 * average five draws of eps in a step; here there is one). Linear operators only: the descent uses A^T at x = 0.
 *
 * @throws InputError if a setting is unknown, missing or wrong
 * @example
 * const sampler = plugAndPlayFlow(model, { steps: 100, stepSize: 1, exponent: 0.5 }, samplerEngine());
 * const restored = await sampler.sample(observation, { samples: 1, seed: 2 }); // [N, 1, 1, 28, 28]
 */
export function plugAndPlayFlow(model: PriorModel, settings: PnpFlowSettings, engine: SamplerEngine): PosteriorSampler {
  checkOptions("pnp-flow", settings, rules, ["steps", "stepSize", "exponent"]);
  const { steps, stepSize, exponent } = settings;
  const times = timeGrid(steps);
  return chainSampler(
    {
      name: "pnp-flow",
      linearOnly: true,
      owner: model,
      steps,
      draws: { normal: true, uniform: false },
      start: withSquaredNorm,
      scalars: (step) => {
        const t = times[step];
        return { t, data: 1 - t, stepSize: stepSize * t ** exponent };
      },
      step: ({ x, norm }, { residual, adjoint }, scalars, { normal }) => {
        const moved = add(x, mul(adjoint(residual(x)), div(scalars.stepSize, norm)));
        const point = add(mul(moved, scalars.data), mul(normal, scalars.t));
        return { x: sub(point, mul(tracePrior(model).velocity(point, scalars.t), scalars.t)), norm };
      },
    },
    engine,
  );
}
