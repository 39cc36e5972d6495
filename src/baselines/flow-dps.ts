import { add, div, mul, sub } from "../array/index.js";
import { timeGrid } from "../flow/index.js";
import { checkOptions, type OptionRules, positiveInteger, positiveNumber } from "../options.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { withSquaredNorm } from "./observation.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

const rules: OptionRules<FlowDpsSettings> = { steps: positiveInteger, stepSize: positiveNumber() };

/** Settings of `flowDrivenPosteriorSampling`. */
export interface FlowDpsSettings {
  /** Number of steps, with one evaluation of the network each. */
  steps: number;
  /** Step size of the descent on ||y - A x||^2 / 2, multiplied by ||A||^2; below 2. */
  stepSize: number;
}

/** Number of descent steps on the data misfit for each evaluation, as published. */
const descents = 3;

/**
 * FlowDPS (Kim et al. 2025, "FlowDPS: flow-driven posterior sampling for inverse problems", algorithm 1) in pixel
 * space. The velocity is split into x0 = x_t - t v and z = x_t + (1 - t) v. Three steps of gradient descent move x0
 * towards the data, to x0(y), and a step from t to r is
 *
 *     x_r = (1 - r) ((1 - t) x0 + t x0(y)) + r (sqrt(r) z + sqrt(1 - r) eps).
 *
 * It takes `steps` evaluations for each sample, none differentiated. Known bias: the weight of the likelihood is a step
 * size instead of sigma, and the spread is that of the added noise, which is smaller than the posterior's at step sizes
 * that fit the data. Linear operators only: the descent uses A^T at x = 0.
 *
 * @throws InputError if a setting is unknown, missing or wrong
 * @example
 * const sampler = flowDrivenPosteriorSampling(model, { steps: 50, stepSize: 0.5 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function flowDrivenPosteriorSampling(
  model: PriorModel,
  settings: FlowDpsSettings,
  engine: SamplerEngine,
): PosteriorSampler {
  checkOptions("flow-dps", settings, rules, ["steps", "stepSize"]);
  const { steps, stepSize } = settings;
  const times = timeGrid(steps);
  return chainSampler(
    {
      name: "flow-dps",
      linearOnly: true,
      owner: model,
      steps,
      draws: { normal: true, uniform: false },
      start: withSquaredNorm,
      scalars: (step) => {
        const [t, r] = [times[step], times[step + 1]];
        return { t, data: 1 - r, keep: r * Math.sqrt(r), noise: r * Math.sqrt(1 - r), stepSize };
      },
      step: ({ x, norm }, { residual, adjoint }, scalars, { normal }) => {
        const v = tracePrior(model).velocity(x, scalars.t);
        const x0 = sub(x, mul(v, scalars.t));
        const length = div(scalars.stepSize, norm);
        let consistent = x0;
        for (let k = 0; k < descents; k++) consistent = add(consistent, mul(adjoint(residual(consistent)), length));
        const data = add(x0, mul(sub(consistent, x0), scalars.t));
        return {
          x: add(add(mul(data, scalars.data), mul(add(x0, v), scalars.keep)), mul(normal, scalars.noise)),
          norm,
        };
      },
    },
    engine,
  );
}
