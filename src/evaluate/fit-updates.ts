import { type HostArray } from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { type Problem } from "../operators/index.js";
import { type ObservationUpdate, type VariationalFlowMap } from "../vfm/index.js";
import { scoreDistributions } from "./image-scores.js";
import { summariseDistributions } from "./problem-metrics.js";
import { drawProblemSamples } from "./problem-samples.js";

/** One setting that was tried on a problem, and how it did. */
export interface UpdateTrial<Settings> {
  settings: Settings;
  crps: number;
  coverage90: number;
  misfit: number;
  /** How far coverage and misfit lie outside what counts as calibrated; 0: inside. */
  outside: number;
}

/** The chosen setting of a problem, and all that were tried. */
export interface FittedUpdate<Settings> {
  chosen: UpdateTrial<Settings>;
  trials: UpdateTrial<Settings>[];
}

/** Options of `fitUpdate`. */
export interface FitOptions<Settings> {
  /** The settings to try. */
  candidates: readonly Settings[];
  /** The update that a setting stands for. */
  updateOf(settings: Settings): ObservationUpdate;
  /** Samples an image. */
  samples: number;
  seed: number;
  backend?: Backend;
}

// An exact posterior has coverage .9 and misfit 1; with few samples an image its interval covers a little less.
const calibrated = { coverage90: [0.82, 0.95], misfit: [0.85, 1.5] } as const;

/**
 * Chooses how a problem's samples are conditioned on their observation: of the settings whose coverage and misfit are
 * calibrated (or, if none is, come nearest to it), the one with the least CRPS (its unbiased estimate).
 *
 * @param images of the validation split, [N, C, H, W]: neither trained on nor reported on
 */
export async function fitUpdate<Settings>(
  model: VariationalFlowMap,
  problem: Problem,
  images: HostArray,
  { candidates, updateOf, samples, seed, backend }: FitOptions<Settings>,
): Promise<FittedUpdate<Settings>> {
  const trials: UpdateTrial<Settings>[] = [];
  for (const settings of candidates) {
    const updated = { ...model, updates: new Map([[problem.class, updateOf(settings)]]) };
    const drawn = await drawProblemSamples(updated, problem, images, { samples, steps: 1, seed, warmUp: 0, backend });
    const found = summariseDistributions(await scoreDistributions(drawn, backend));
    const { crpsFair: crps, coverage90 = 1, misfit } = found;
    const outside =
      distance(coverage90, calibrated.coverage90) +
      distance(Math.log(misfit), [Math.log(calibrated.misfit[0]), Math.log(calibrated.misfit[1])]);
    trials.push({ settings, crps, coverage90, misfit, outside });
  }
  const [chosen] = [...trials].sort((a, b) => a.outside - b.outside || a.crps - b.crps);
  return { chosen, trials };
}

function distance(value: number, [low, high]: readonly [number, number]): number {
  return Math.max(low - value, value - high, 0);
}
