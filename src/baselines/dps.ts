import { add, mul, type NDArray, sqrt, square, sub, sum, sumPerSample, valueAndGradient } from "../array/index.js";
import { timeGrid } from "../flow/index.js";
import { checkOptions, numberFrom, type OptionRules, positiveInteger } from "../options.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

/** Settings of `diffusionPosteriorSampling`. */
export interface DpsSettings {
  /** Number of steps, with one evaluation of the network each. */
  steps: number;
  /** zeta, the length of a guidance step along the gradient of ||y - A x0(x_t)||. */
  guidance: number;
  /** From 0, the deterministic flow, to 1, ancestral sampling, as published. */
  stochasticity: number;
}

const rules: OptionRules<DpsSettings> = {
  steps: positiveInteger,
  guidance: numberFrom(0),
  stochasticity: numberFrom(0, 1),
};

/** Keeps the residual's norm differentiable at 0. */
const smallestSquare = 1e-12;

/**
 * Diffusion posterior sampling (DPS, Chung et al. 2023, "Diffusion posterior sampling for general noisy inverse problems",
 * algorithm 1) on a velocity model. With x0 = x_t - t v, z = x_t + (1 - t) v a step from t to r is
 *
 *     x_r = (1 - r) x0 + sqrt(r^2 - s^2) z + s eps - zeta grad_{x_t} ||y - A x0(x_t)||,
 *     s = stochasticity r sqrt(1 - ((1 - t) r / ((1 - r) t))^2).
 *
 * It takes `steps` evaluations for each sample, each differentiated with respect to x_t. Known bias: p(y | x_t) is
 * approximated by p(y | x0(x_t)), and zeta is not derived from sigma. The samples are not from the posterior, even for
 * a linear-Gaussian prior.
 *
 * @throws InputError if a setting is unknown, missing or wrong
 * @example
 * const settings = { steps: 100, guidance: 0.5, stochasticity: 1 };
 * const sampler = diffusionPosteriorSampling(model, settings, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function diffusionPosteriorSampling(
  model: PriorModel,
  settings: DpsSettings,
  engine: SamplerEngine,
): PosteriorSampler {
  checkOptions("dps", settings, rules, ["steps", "guidance", "stochasticity"]);
  const { steps, guidance, stochasticity } = settings;
  const times = timeGrid(steps);
  return chainSampler(
    {
      name: "dps",
      owner: model,
      steps,
      draws: { normal: true, uniform: false },
      scalars: (step) => {
        const [t, r] = [times[step], times[step + 1]];
        const noise = stochasticity * ancestralDeviation(t, r);
        return { t, data: 1 - r, keep: Math.sqrt(Math.max(0, r ** 2 - noise ** 2)), noise, guidance };
      },
      step: ({ x }, { residual }, scalars, { normal }) => {
        const { velocity } = tracePrior(model);
        const { auxiliary, gradient } = valueAndGradient((point: NDArray) => {
          const v = velocity(point, scalars.t);
          const x0 = sub(point, mul(v, scalars.t));
          const norms = sqrt(add(sumPerSample(square(residual(x0))), smallestSquare));
          return [sum(norms), { v, x0 }];
        })(x);
        const z = add(auxiliary.x0, auxiliary.v);
        const unguided = add(add(mul(auxiliary.x0, scalars.data), mul(z, scalars.keep)), mul(normal, scalars.noise));
        return { x: sub(unguided, mul(gradient, scalars.guidance)) };
      },
    },
    engine,
  );
}

/** Standard deviation of x_r given x_t and x0 along the straight path, as in ancestral sampling. */
function ancestralDeviation(t: number, r: number): number {
  return r * Math.sqrt(Math.max(0, 1 - (((1 - t) * r) / ((1 - r) * t)) ** 2));
}
