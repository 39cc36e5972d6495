import { type HostArray, randomSource } from "../array/index.js";
import {
  type GuidedMethod,
  type Knob,
  type PriorModel,
  type SamplerEngine,
  type Settings,
} from "../baselines/index.js";
import { InputError } from "../errors.js";
import { type Observation } from "../operators/index.js";
import { drawSamples } from "./draw-samples.js";
import { scoreDistributions } from "./image-scores.js";
import { summariseDistributions } from "./problem-metrics.js";

/** Settings that were tried; CRPS is null if the sampler diverged. */
export interface Trial {
  settings: Record<string, number>;
  crps: number | null;
  seconds: number;
}

/** The task of `searchSettings`. */
export interface SearchTask {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** Number of samples of each image. */
  samples: number;
  /** Seed of the samples and of the settings that are tried. */
  seed: number;
  /** Number of settings to try, including those that are known. */
  trials: number;
  engine: SamplerEngine;
}

/** The best settings, and all that were tried. */
export interface Search {
  chosen: Record<string, number>;
  crps: number;
  trials: Trial[];
}

/**
 * Searches the settings of a guided sampler: the published ones first, then random ones. The objective is the unbiased
 * CRPS. It is a proper score, so that only the posterior itself is best, whereas PSNR would choose settings that
 * collapse to the posterior's mean.
 *
 * @param known the trials of an earlier, interrupted search
 * @throws InputError if the sampler diverges with every setting
 */
export async function searchSettings(
  method: GuidedMethod,
  model: PriorModel,
  { truth, observation, samples, seed, trials, engine }: SearchTask,
  known: readonly Trial[],
): Promise<Search> {
  const { problem } = observation;
  const random = randomSource(seed, "tuning", method.name, problem.name);
  const tried = [...known];
  for (let trial = 0; trial < trials; trial++) {
    // Known trials are drawn too, so that the next ones are those of an uninterrupted search.
    const settings = trial === 0 ? method.published : drawSettings(method.knobs, random.uniform);
    if (trial < known.length) continue;
    const start = performance.now();
    const sampler = method.create(model, settings, engine);
    const drawn = await drawSamples(sampler, { truth, observation, samples, seed, warmUp: 0 });
    const crps = drawn.diverged ? null : summariseDistributions(await scoreDistributions(drawn)).crpsFair;
    tried.push({ settings: { ...settings }, crps, seconds: (performance.now() - start) / 1000 });
  }
  const ranked = tried
    .flatMap(({ settings, crps }) => (crps === null ? [] : [{ chosen: settings, crps }]))
    .sort((a, b) => a.crps - b.crps);
  if (ranked.length === 0) throw new InputError(`${method.name} diverges on ${problem.name} with every setting tried`);
  return { ...ranked[0], trials: tried };
}

/** Draws settings from their ranges. */
function drawSettings(knobs: GuidedMethod["knobs"], uniform: () => number): Settings {
  return Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, drawKnob(knob, uniform())]));
}

function drawKnob(knob: Knob, u: number): number {
  switch (knob.kind) {
    case "choice":
      return knob.values[Math.floor(u * knob.values.length)];
    case "linear":
      return round(knob.low + u * (knob.high - knob.low));
    case "logarithmic":
      return round(knob.low * (knob.high / knob.low) ** u);
  }
}

// Three digits are precise enough for a setting, and readable.
const round = (value: number): number => Number(value.toPrecision(3));
