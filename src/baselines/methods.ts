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
export type Knob =
  { kind: "linear" | "logarithmic"; low: number; high: number } | { kind: "choice"; values: readonly number[] };

/** A guided sampler by name, with its tunable settings. */
export interface GuidedMethod {
  readonly name: string;
  /** The settings of the paper, as far as they apply here; the search starts from them. */
  readonly published: Settings;
  readonly knobs: Readonly<Record<string, Knob>>;
  /** The sampler with these settings. Throws InputError if one is missing, unknown or wrong. */
  create(model: PriorModel, settings: Settings, engine: SamplerEngine): PosteriorSampler;
}

const choice = (...values: number[]): Knob => ({ kind: "choice", values });
const linear = (low: number, high: number): Knob => ({ kind: "linear", low, high });
const logarithmic = (low: number, high: number): Knob => ({ kind: "logarithmic", low, high });

// With 100 steps the best settings found were hardly better or worse, except in the search for a mode and of OT-ODE at the
// boxes (docs/evaluation.md, "Tuning"). The published settings are tried with 100 wherever they have 100.
const steps = choice(50);
const searchSteps = choice(50, 100);

function method<Names extends string>(
  name: string,
  published: Readonly<Record<Names, number>>,
  knobs: Readonly<Record<Names, Knob>>,
  create: (model: PriorModel, settings: Record<Names, number>, engine: SamplerEngine) => PosteriorSampler,
): GuidedMethod {
  return {
    name,
    published,
    knobs,
    create: (model, settings, engine) => create(model, settings as Record<Names, number>, engine),
  };
}

/** The guided samplers in the comparison, all with the same flow map. */
export const guidedMethods: readonly GuidedMethod[] = [
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
  method(
    "d-flow",
    { steps: 50, stepSize: 0.1, regularisation: 0 },
    { steps: searchSteps, stepSize: logarithmic(0.01, 0.5), regularisation: linear(0, 1) },
    optimisedNoise,
  ),
];
