import {
  abs,
  add,
  exp,
  less,
  log,
  minimum,
  mul,
  type NDArray,
  perSample,
  square,
  sub,
  sum,
  sumPerSample,
  valueAndGradient,
  where,
} from "../array/index.js";
import { sampleFlowMap } from "../flow/index.js";
import { checkOptions, type OptionRules, positiveInteger, positiveNumber } from "../options.js";
import { chainSampler, type State } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { type TracedObservation } from "./observation.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel, tracePrior } from "./prior.js";

/** Settings of `noiseSpaceChain`. */
export interface NoiseSpaceChainSettings {
  /** Number of proposals for each sample; the step size is adapted in the first half. */
  steps: number;
  /** Number of leapfrog steps in a proposal: 1 is MALA, more are Hamiltonian Monte Carlo. */
  leapfrog: number;
  /** Initial step size. */
  stepSize: number;
}

const rules: OptionRules<NoiseSpaceChainSettings> = {
  steps: positiveInteger,
  leapfrog: positiveInteger,
  stepSize: positiveNumber(),
};

/** The optimal acceptance rates in high dimensions: MALA's (Roberts and Rosenthal 1998), HMC's (Beskos et al. 2013). */
const bestAcceptance = { langevin: 0.574, hamiltonian: 0.651 };

/**
 * A long Markov chain on the noise, the reference for calibration. Its stationary distribution is that of z given y,
 *
 *     p(z | y) ~ p(y | f(z)) N(z; 0, I),  x = f(z)  with the one-step flow map f,
 *
 * so that after a long enough run x are exact posterior samples UNDER THE FLOW'S PRIOR, however good that prior is. It
 * is MALA (Roberts and Tweedie 1996), or Hamiltonian Monte Carlo (Neal 2011) with more than one leapfrog step. Each
 * sample has its own chain from z ~ N(0, I), whose step size is adapted in the first half of the proposals and then
 * fixed.
 *
 * It takes 1 + steps * leapfrog evaluations for each sample, each differentiated. Known bias: the remaining influence
 * of the start, which decreases with `steps`.
 *
 * @throws InputError if a setting is unknown, missing or wrong
 * @example
 * const sampler = noiseSpaceChain(model, { steps: 1000, leapfrog: 4, stepSize: 0.05 }, samplerEngine());
 * const reference = await sampler.sample(observation, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export function noiseSpaceChain(
  model: PriorModel,
  settings: NoiseSpaceChainSettings,
  engine: SamplerEngine,
): PosteriorSampler {
  checkOptions("noise-space-chain", settings, rules, ["steps", "leapfrog", "stepSize"]);
  const { steps, leapfrog, stepSize } = settings;
  const wanted = leapfrog === 1 ? bestAcceptance.langevin : bestAcceptance.hamiltonian;
  const evaluate = (
    z: NDArray,
    { logLikelihood }: TracedObservation,
  ): Record<"z" | "x" | "density" | "slope", NDArray> => {
    const { meanVelocity } = tracePrior(model);
    const { auxiliary, gradient } = valueAndGradient((point: NDArray) => {
      const x = sampleFlowMap(meanVelocity, point, 1);
      const density = sub(logLikelihood(x), mul(sumPerSample(square(point)), 0.5));
      return [sum(density), { x, density }];
    })(z);
    return { z, ...auxiliary, slope: gradient };
  };
  return chainSampler(
    {
      name: "noise-space-chain",
      owner: model,
      steps,
      evaluations: 1 + steps * leapfrog,
      draws: { normal: true, uniform: true },
      form: String(leapfrog),
      start: (noise, observation, scalars) => {
        const point = evaluate(add(noise, 0), observation);
        return { ...point, logStep: add(mul(point.density, 0), log(scalars.stepSize)) };
      },
      scalars: (step) => ({ stepSize, rate: step < steps / 2 ? 1 / (step + 1) ** 0.6 : 0 }),
      step: (state, observation, scalars, { normal, uniform }) => {
        const length = perSample(exp(state.logStep), state.z);
        const half = mul(length, 0.5);
        let momentum = normal;
        let point: State = state;
        for (let k = 0; k < leapfrog; k++) {
          const pushed = add(momentum, mul(point.slope, half));
          point = evaluate(add(point.z, mul(pushed, length)), observation);
          momentum = add(pushed, mul(point.slope, half));
        }
        const energy = (density: NDArray, p: NDArray): NDArray => sub(mul(sumPerSample(square(p)), 0.5), density);
        const gain = sub(energy(state.density, normal), energy(point.density, momentum));
        // A proposal so extreme that its energy is not finite is rejected.
        const accepted = where(less(abs(gain), 1e30), exp(minimum(gain, 0)), 0);
        const moves = less(uniform, accepted);
        const choose = (name: "z" | "x" | "density" | "slope"): NDArray =>
          where(name === "density" ? moves : perSample(moves, state[name]), point[name], state[name]);
        return {
          z: choose("z"),
          x: choose("x"),
          density: choose("density"),
          slope: choose("slope"),
          logStep: add(state.logStep, mul(sub(accepted, wanted), scalars.rate)),
        };
      },
    },
    engine,
  );
}
