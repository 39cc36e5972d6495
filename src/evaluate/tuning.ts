import { type HostArray, randomSource } from "../array/index.js";
import {
  type GuidedMethod,
  type SettingRange,
  type PriorModel,
  type SamplerEngine,
  type Settings,
} from "../baselines/index.js";
import { InputError } from "../errors.js";
import { type Observation, type Problem } from "../operators/index.js";
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
  /** Number of settings to try before the best ones are tried with more steps, including those that are known. */
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
 * Searches for the best settings of a guided sampler. First the initial settings are tried, then random ones with few
 * steps, because the cost grows with the number of steps. Then the three best of those with fewer than
 * `method.mostSteps` steps are tried with `mostSteps`. The objective is the unbiased CRPS. It is a proper score, so that
 * only the posterior itself is best, whereas PSNR would choose settings that collapse to the posterior's mean.
 *
 * @param known the trials of an earlier search, which are not repeated
 * @throws InputError if the sampler diverges with every setting
 */
export async function searchSettings(
  method: GuidedMethod,
  model: PriorModel,
  { truth, observation, samples, seed, trials, engine }: SearchTask,
  known: readonly Trial[],
): Promise<Search> {
  const { problem } = observation;
  const tried = [...known];
  const attempt = async (settings: Settings): Promise<void> => {
    const start = performance.now();
    const sampler = method.create(model, settings, engine);
    const drawn = await drawSamples(sampler, { truth, observation, samples, seed, warmUp: 0 });
    const crps = drawn.diverged ? null : summariseDistributions(await scoreDistributions(drawn)).crpsFair;
    tried.push({ settings: { ...settings }, crps, seconds: (performance.now() - start) / 1000 });
  };
  for (const settings of untried(method, { problem, seed, trials }, tried)) await attempt(settings);
  for (const settings of refinements(method, tried)) await attempt(settings);
  const [best] = ranked(tried);
  if (best === undefined) throw new InputError(`${method.name} diverges on ${problem.name} with every setting tried`);
  return { chosen: best.settings, crps: best.crps, trials: tried };
}

/** What determines the first settings of a search, besides its method. */
type SearchPlan = Pick<SearchTask, "seed" | "trials"> & { problem: Problem };

/** Whether `searchSettings` has nothing left to try after these trials. */
export function isSearched(method: GuidedMethod, plan: SearchPlan, known: readonly Trial[]): boolean {
  return untried(method, plan, known).length === 0 && refinements(method, known).length === 0;
}

/** The settings of the first part of a search, without those that were tried. */
function untried(method: GuidedMethod, { problem, seed, trials }: SearchPlan, tried: readonly Trial[]): Settings[] {
  const random = randomSource(seed, "tuning", method.name, problem.name);
  const planned = Array.from({ length: trials }, (_, trial) =>
    trial === 0 ? method.initial : drawSettings(method.ranges, random.uniform),
  );
  return planned.filter((settings) => !isTried(settings, tried));
}

/** Number of settings that are tried again with the greatest number of steps. */
const refined = 3;

/** The best settings of few steps with `mostSteps`, except those that were tried. */
function refinements({ mostSteps }: GuidedMethod, tried: readonly Trial[]): Settings[] {
  return ranked(tried)
    .filter(({ settings }) => settings.steps < mostSteps)
    .slice(0, refined)
    .map(({ settings }) => ({ ...settings, steps: mostSteps }))
    .filter((settings) => !isTried(settings, tried));
}

function isTried(settings: Settings, tried: readonly Trial[]): boolean {
  return tried.some((trial) => Object.entries(trial.settings).every(([name, value]) => settings[name] === value));
}

/** The trials that did not diverge, the best first. */
function ranked(tried: readonly Trial[]): { settings: Record<string, number>; crps: number }[] {
  return tried
    .flatMap(({ settings, crps }) => (crps === null ? [] : [{ settings, crps }]))
    .sort((a, b) => a.crps - b.crps);
}

/** Draws settings from their ranges. */
function drawSettings(ranges: GuidedMethod["ranges"], uniform: () => number): Settings {
  return Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, drawFromRange(range, uniform())]));
}

function drawFromRange(range: SettingRange, u: number): number {
  switch (range.kind) {
    case "choice":
      return range.values[Math.floor(u * range.values.length)];
    case "linear":
      return round(range.low + u * (range.high - range.low));
    case "logarithmic":
      return round(range.low * (range.high / range.low) ** u);
  }
}

// Three digits are precise enough for a setting, and readable.
const round = (value: number): number => Number(value.toPrecision(3));
