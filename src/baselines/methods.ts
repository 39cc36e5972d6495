import { optimisedNoise } from "./d-flow.js";
import { diffusionPosteriorSampling } from "./dps.js";
import { type SamplerEngine } from "./engine.js";
import { flowDrivenPosteriorSampling } from "./flow-dps.js";
import { pseudoinverseGuidedFlow } from "./ot-ode.js";
import { plugAndPlayFlow } from "./pnp-flow.js";
import { type PosteriorSampler } from "./posterior-sampler.js";
import { type PriorModel } from "./prior.js";

/** The settings of a method by name. */
export type Settings = Readonly<Record<string, number>>;

/** The range of a setting: between two numbers, uniformly or uniformly in the logarithm, or one of a list. */
export type SettingRange =
  { kind: "linear" | "logarithmic"; low: number; high: number } | { kind: "choice"; values: readonly number[] };

/** A guided sampler by name, with its tunable settings. */
export interface GuidedMethod {
  readonly name: string;
  /** The settings from which the search starts: those of the paper, where they apply to small images. */
  readonly initial: Settings;
  readonly ranges: Readonly<Record<string, SettingRange>>;
  /** The number of steps with which the best settings of the search are tried again. */
  readonly mostSteps: number;
  /** The sampler with these settings. Throws InputError if one is missing, unknown or wrong. */
  create(model: PriorModel, settings: Settings, engine: SamplerEngine): PosteriorSampler;
}

const choice = (...values: number[]): SettingRange => ({ kind: "choice", values });
const linear = (low: number, high: number): SettingRange => ({ kind: "linear", low, high });
const logarithmic = (low: number, high: number): SettingRange => ({ kind: "logarithmic", low, high });

// Random settings are tried with 50 steps, the best of them with 100 as well. The number of steps matters more in a search
// for a mode, so D-Flow's random settings have both.
const steps = choice(50);
const searchSteps = choice(50, 100);
const mostSteps = 100;

function method<Names extends string>(
  name: string,
  initial: Readonly<Record<Names, number>>,
  ranges: Readonly<Record<Names, SettingRange>>,
  create: (model: PriorModel, settings: Record<Names, number>, engine: SamplerEngine) => PosteriorSampler,
): GuidedMethod {
  return {
    name,
    initial,
    ranges,
    mostSteps,
    create: (model, settings, engine) => create(model, settings as Record<Names, number>, engine),
  };
}

/** The guided samplers in the comparison, all with the same flow map. */
export const guidedMethods: readonly GuidedMethod[] = [
  // The paper has 1,000 steps.
  method(
    "dps",
    { steps: 100, guidance: 0.5, stochasticity: 1 },
    { steps, guidance: logarithmic(0.05, 5), stochasticity: linear(0, 1) },
    diffusionPosteriorSampling,
  ),
  method(
    "ot-ode",
    { steps: 100, start: 0.8, guidance: 1 },
    { steps, start: linear(0.5, 0.98), guidance: logarithmic(0.3, 10) },
    pseudoinverseGuidedFlow,
  ),
  method(
    "flow-dps",
    { steps: 50, stepSize: 0.5 },
    { steps, stepSize: logarithmic(0.02, 1.8) },
    flowDrivenPosteriorSampling,
  ),
  method(
    "pnp-flow",
    { steps: 100, stepSize: 1, exponent: 0.5 },
    { steps, stepSize: logarithmic(0.1, 1.9), exponent: linear(0, 1) },
    plugAndPlayFlow,
  ),
  // The paper optimises with L-BFGS; the step size is that of Adam.
  method(
    "d-flow",
    { steps: 50, stepSize: 0.1, regularisation: 0 },
    { steps: searchSteps, stepSize: logarithmic(0.01, 0.5), regularisation: linear(0, 1) },
    optimisedNoise,
  ),
];
