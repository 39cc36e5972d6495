import { add, div, gradient, mul, type NDArray, sqrt, square, sub, sum, sumPerSample } from "../array/index.js";
import { sampleFlowMap } from "../flow/index.js";
import { checkOptions, numberFrom, type OptionRules, positiveInteger, positiveNumber } from "../options.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

/** Settings of `optimisedNoise`. */
export interface DFlowSettings {
  /** Number of steps of Adam. */
  steps: number;
  /** Adam's step size. */
  stepSize: number;
  /**
   * lambda, the weight of ||z||^2 / 2: with 1 the optimum is the noise of highest posterior density, with 0 only the
   * data are fitted.
   */
  regularisation: number;
}

const rules: OptionRules<DFlowSettings> = {
  steps: positiveInteger,
  stepSize: positiveNumber(),
  regularisation: numberFrom(0),
};

const [firstDecay, secondDecay, epsilon] = [0.9, 0.999, 1e-8];

/**
 * D-Flow (Ben-Hamu et al. 2024, "D-Flow: differentiating through flows for controlled generation"): from noise z ~ N(0, I),
 *
 *     minimise ||y - A f(z)||^2 / (2 sigma^2) + lambda ||z||^2 / 2  over z,  x = f(z),
 *
 * through the one-step flow map f, by Adam, where the paper uses L-BFGS through an integrated flow. Two more things differ:
 * the paper's penalty is that of the norm alone, ||z||^2 / 2 - (D - 1) log ||z||, and its first z is a mixture of noise
 * and of what the flow makes, run backwards, of A^T y.
 *
 * It takes `steps` + 1 evaluations for each sample, all but the last differentiated. Known bias: it searches for a
 * mode. With lambda = 1 and a linear map every sample converges to the posterior's mean, without spread; any remaining
 * spread comes from the initial z.
 *
 * @throws InputError if a setting is unknown, missing or wrong
 * @example
 * const sampler = optimisedNoise(model, { steps: 50, stepSize: 0.1, regularisation: 0 }, samplerEngine());
 * const samples = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function optimisedNoise(model: PriorModel, settings: DFlowSettings, engine: SamplerEngine): PosteriorSampler {
  checkOptions("d-flow", settings, rules, ["steps", "stepSize", "regularisation"]);
  const { steps, stepSize, regularisation } = settings;
  const flow = (z: NDArray): NDArray => sampleFlowMap(tracePrior(model).meanVelocity, z, 1);
  return chainSampler(
    {
      name: "d-flow",
      owner: model,
      steps,
      evaluations: steps + 1,
      draws: { normal: false, uniform: false },
      start: (noise) => ({ z: add(noise, 0), first: mul(noise, 0), second: mul(noise, 0) }),
      scalars: (step) => ({
        regularisation,
        stepSize: stepSize / (1 - firstDecay ** (step + 1)),
        // The bias correction of the second moment, as a factor.
        secondScale: 1 / (1 - secondDecay ** (step + 1)),
      }),
      step: ({ z, first, second }, { logLikelihood }, scalars) => {
        const g = gradient((point: NDArray) => {
          const penalty = mul(sumPerSample(square(point)), mul(scalars.regularisation, 0.5));
          return sum(sub(penalty, logLikelihood(flow(point))));
        })(z);
        const nextFirst = add(mul(first, firstDecay), mul(g, 1 - firstDecay));
        const nextSecond = add(mul(second, secondDecay), mul(square(g), 1 - secondDecay));
        const scale = add(sqrt(mul(nextSecond, scalars.secondScale)), epsilon);
        return {
          z: sub(z, mul(div(nextFirst, scale), scalars.stepSize)),
          first: nextFirst,
          second: nextSecond,
        };
      },
      finish: ({ z }) => flow(z),
    },
    engine,
  );
}
