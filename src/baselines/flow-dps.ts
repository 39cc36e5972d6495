import { add, div, mul, sub } from "../array/index.js";
import { timeGrid } from "../flow/index.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { withSquaredNorm } from "./observation.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

/** The knobs of `flowDrivenPosteriorSampling`. */
export interface FlowDpsSettings {
  steps: number;
  /** Step size of the descent on ||y - A x||^2 / 2, times ||A||^2; below 2. */
  stepSize: number;
}

/** Descents on the data's misfit an evaluation, as published. */
const descents = 3;

/**
 * FlowDPS (Kim et al. 2025, "FlowDPS: flow-driven posterior sampling for inverse problems", algorithm 1) in pixel space. The
 * velocity is taken apart into x0 = x_t - t v and z = x_t + (1 - t) v; x0 is moved to the data by three steps of gradient
 * descent to x0(y), and a step from t to r is
 *
 *     x_r = (1 - r) ((1 - t) x0 + t x0(y)) + r (sqrt(r) z + sqrt(1 - r) eps).
 *
 * `steps` evaluations a sample, none differentiated. Known bias: the likelihood's weight is a step size, not sigma; the
 * spread is that of the renoising, less than the posterior's at the step sizes that fit the data.
 *
 * @example
 * const sampler = flowDrivenPosteriorSampling(model, { steps: 50, stepSize: 0.5 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function flowDrivenPosteriorSampling(
  model: PriorModel,
  { steps, stepSize }: FlowDpsSettings,
  engine: SamplerEngine,
): PosteriorSampler {
  const times = timeGrid(steps);
  return chainSampler(
    {
      name: "flow-dps",
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
