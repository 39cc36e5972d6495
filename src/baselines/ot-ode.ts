import { add, gradient, mul, type NDArray, stopGradient, sub, sum } from "../array/index.js";
import { timeGrid } from "../flow/index.js";
import { checkOptions, numberBetween, numberFrom, type OptionRules, positiveInteger } from "../options.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { dampedPseudoinverse } from "./observation.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

/** Settings of `pseudoinverseGuidedFlow`. */
export interface OtOdeSettings {
  /** Number of steps, with one evaluation of the network each. */
  steps: number;
  /** The initial time, between 0 and 1; 0.8 as published. */
  start: number;
  /** Factor of the guidance, gamma; 1 in the derivation. */
  guidance: number;
}

const rules: OptionRules<OtOdeSettings> = {
  steps: positiveInteger,
  start: numberBetween(0, 1),
  guidance: numberFrom(0),
};

/** Iterations of conjugate gradients for (r^2 A A^T + sigma^2 I)^-1. */
const iterations = 8;

/**
 * OT-ODE (Pokle et al. 2024, "Training-free linear image inverses via flows", algorithm 1): the pseudoinverse guidance
 * of PiGDM (Song et al. 2023, "Pseudoinverse-guided diffusion models for inverse problems") on a velocity model. x
 * | x_t is approximated by N(x0, r_t^2 I) with x0 = x_t - t v and r_t^2 = t^2 / (t^2 + (1 - t)^2), so that
 *
 *     g = (d x0 / d x_t)^T A^T (r_t^2 A A^T + sigma^2 I)^-1 (y - A x0),  v' = v - gamma t / (1 - t) g,
 *
 * integrated by Euler's method from x_start = (1 - start) A^+ y + start eps, with A^+ regularised by sigma^2. Linear
 * operators only.
 *
 * It takes `steps` evaluations for each sample, each differentiated with respect to x_t. For a standard normal prior,
 * where r_t^2 is the true variance, it is exact in the limit of many steps and start near 1; otherwise the wrong
 * covariance makes it biased.
 *
 * @throws InputError if a setting is unknown, missing or wrong
 * @example
 * const sampler = pseudoinverseGuidedFlow(model, { steps: 100, start: 0.8, guidance: 1 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function pseudoinverseGuidedFlow(
  model: PriorModel,
  settings: OtOdeSettings,
  engine: SamplerEngine,
): PosteriorSampler {
  checkOptions("ot-ode", settings, rules, ["steps", "start", "guidance"]);
  const { steps, start, guidance } = settings;
  const times = timeGrid(steps).map((t) => start * t);
  return chainSampler(
    {
      name: "ot-ode",
      linearOnly: true,
      owner: model,
      steps,
      draws: { normal: false, uniform: false },
      start: (noise, observation, scalars) => {
        const pseudoinverse = dampedPseudoinverse(observation, scalars.one, observation.y, iterations);
        return { x: add(mul(pseudoinverse, sub(scalars.one, scalars.t)), mul(noise, scalars.t)) };
      },
      scalars: (step) => {
        const [t, r] = [times[step], times[step + 1]];
        const variance = t ** 2 / (t ** 2 + (1 - t) ** 2);
        return { t, one: 1, variance, change: r - t, guidance: (guidance * t) / (1 - t) };
      },
      step: ({ x }, observation, scalars) => {
        const { velocity } = tracePrior(model);
        const estimate = (point: NDArray): NDArray => sub(point, mul(velocity(point, scalars.t), scalars.t));
        const v = velocity(x, scalars.t);
        const missing = observation.residual(sub(x, mul(v, scalars.t)));
        const direction = dampedPseudoinverse(observation, scalars.variance, missing, iterations);
        const weight = stopGradient(direction);
        const g = gradient((point: NDArray) => sum(mul(estimate(point), weight)))(x);
        return { x: add(x, mul(sub(v, mul(g, scalars.guidance)), scalars.change)) };
      },
    },
    engine,
  );
}
