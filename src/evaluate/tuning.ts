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

/** Settings that were tried; CRPS is null where the sampler diverged. */
export interface Trial {
  settings: Record<string, number>;
  crps: number | null;
  seconds: number;
}

/** What settings are tried on. */
export interface SearchTask {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** Samples of each. */
  samples: number;
  /** Fixes samples and the settings that are tried. */
  seed: number;
  /** Settings to try, those that are known included. */
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
 * Searches the knobs of a guided sampler: the published settings first, then random ones. The objective is the unbiased CRPS: it
 * is proper, so that only the posterior itself is best, while PSNR would choose the settings that collapse to the posterior's
 * mean.
 *
 * @param known the first trials, where a search was begun
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
    // Drawn for known trials too: the next ones are then those of a search that was never ended.
    const settings = trial === 0 ? method.published : drawSettings(method.knobs, random.uniform);
    if (trial < known.length) continue;
    const start = performance.now();
    const sampler = method.create(model, settings, engine);
    const drawn = await drawSamples(sampler, { truth, observation, samples, seed, warmUp: 0 });
    const crps = drawn.samples.data.every(Number.isFinite)
      ? summariseDistributions(await scoreDistributions(drawn)).crpsFair
      : null;
    tried.push({ settings: { ...settings }, crps, seconds: (performance.now() - start) / 1000 });
  }
  const ranked = tried
    .flatMap(({ settings, crps }) => (crps === null ? [] : [{ chosen: settings, crps }]))
    .sort((a, b) => a.crps - b.crps);
  if (ranked.length === 0) throw new InputError(`${method.name} diverges on ${problem.name} with every setting tried`);
  return { ...ranked[0], trials: tried };
}

/** Settings drawn from their ranges. */
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

// Three digits are enough for a setting, and make it readable.
const round = (value: number): number => Number(value.toPrecision(3));
