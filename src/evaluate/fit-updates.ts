import { firstRows, type HostArray } from "../array/index.js";
import { type Backend, engineRules } from "../compile/index.js";
import { InputError } from "../errors.js";
import { firstObservations, type Observation, observe, type Problem } from "../operators/index.js";
import { aFunction, aList, checkOptions, positiveInteger, seedNumber } from "../options.js";
import { type ObservationUpdate } from "../vfm/index.js";
import { limitToRange } from "./image-range.js";
import { scoreDistributions } from "./image-scores.js";
import { type NeededIterations, neededIterations } from "./needed-iterations.js";
import { summariseDistributions } from "./problem-metrics.js";
import { type NetworkDraws, sharedDraws } from "./shared-draws.js";

/** One setting that was tried on a problem, and its scores. */
export interface UpdateTrial<Settings> {
  settings: Settings;
  /** Number of images on which it was tried. */
  images: number;
  crps: number;
  /** Absent if no pixel is uncertain. */
  coverage90?: number | undefined;
  misfit: number;
  /**
   * The distance of coverage and misfit (its logarithm) from the ranges that count as calibrated, which are a little
   * wider before the last round; 0 inside them.
   */
  outside: number;
}

/** The chosen setting of a problem, and all that were tried. */
export interface FittedUpdate<Settings> {
  /** Whether samples are updated; false if the networks alone are as good. */
  update: boolean;
  chosen: UpdateTrial<Settings>;
  /** The best setting without an update. */
  networks: UpdateTrial<Settings>;
  /**
   * Iterations of conjugate gradients after which the samples hardly change, and the remaining difference; absent
   * without an update.
   */
  needed?: NeededIterations;
  trials: UpdateTrial<Settings>[];
}

/** Options of `fitUpdate`. */
export interface FitOptions<Settings> {
  /** The settings to try, at least one of them without an update. */
  candidates: readonly Settings[];
  /** The update for a setting. */
  updateOf(settings: Settings): ObservationUpdate;
  /** Number of samples of each image. */
  samples: number;
  seed: number;
  backend?: Backend;
  /** Called after every setting that was tried, with the share of the fit that is done. */
  onProgress?: ((done: number) => void) | undefined;
}

// An exact posterior has coverage .9 and misfit 1. These ranges are a little narrower than those of the judgement, since
// figures of test images differ from those of the validation images.
const calibrated = { coverage90: [0.88, 0.92], misfit: [0.87, 1.28] } as const;

// In the rounds before the last the ranges are wider, by this much over the square root of the number of images, in
// coverage and in the misfit's logarithm: figures of few images differ from those of all, and a setting that is
// discarded early is never tried again.
const slack = { coverage90: 0.1, misfit: 0.5 } as const;

// A round tries the settings on a share of the images, if it is large enough to distinguish them, and keeps the better
// ones for the next.
const shares = [1 / 16, 1 / 4, 1];
const leastPart = 10;
const kept = 0.25;

// An update is left out if it lowers the CRPS by less than this share.
const worthwhile = 0.01;

/**
 * Chooses how a problem's samples are conditioned on their observation: among the settings with calibrated coverage and
 * misfit (or, if there are none, those nearest to calibrated), the one with the least unbiased CRPS. All settings are
 * tried on a sixteenth of the images. Those without an update and the best quarter of the others are then tried on a
 * quarter of the images, and of these again those without and the best quarter of the others on all images. Rounds of
 * fewer than 10 images are left out. Before the last round, coverage and misfit may be a little outside the calibrated
 * ranges, because those of few images are uncertain. If no setting of the last round is calibrated, those that were in
 * the round before are tried on all images, too, the best first, until one is. A setting without an update is chosen if
 * it is as well calibrated and its CRPS is within a hundredth. (Successive halving: Jamieson and Talwalkar 2016.)
 *
 * @param networks draws the samples that are updated: `networkDraws(model)` of a Variational Flow Map
 * @param images images of the validation split, [N, C, H, W], which are used neither for training nor for reported
 *   results
 * @throws InputError if an option is unknown, missing or wrong, or every setting has an update
 */
export async function fitUpdate<Settings>(
  networks: NetworkDraws,
  problem: Problem,
  images: HostArray,
  options: FitOptions<Settings>,
): Promise<FittedUpdate<Settings>> {
  const rules = { candidates: aList, updateOf: aFunction, samples: positiveInteger, seed: seedNumber };
  checkOptions("fitUpdate", options, { ...rules, backend: engineRules.backend, onProgress: aFunction }, [
    "candidates",
    "updateOf",
    "samples",
    "seed",
  ]);
  const { candidates, updateOf, samples, seed, backend, onProgress } = options;
  const plainSettings = new Set(candidates.filter((settings) => updateOf(settings).residual === undefined));
  if (plainSettings.size === 0)
    throw new InputError("fitUpdate: every candidate has an update: give one without, to compare them with");
  const isPlain = ({ settings }: UpdateTrial<Settings>): boolean => plainSettings.has(settings);
  const all = images.shape[0];
  const observed = await observe(problem, images, { seed, backend });
  const scored = async (
    settings: Settings,
    observation: Observation,
    draw: (update: ObservationUpdate) => Promise<HostArray>,
  ): Promise<UpdateTrial<Settings>> => {
    const [count] = observation.y.shape;
    const drawn = {
      truth: firstRows(images, count),
      observation,
      samples: limitToRange(await draw(updateOf(settings))),
    };
    const found = summariseDistributions(await scoreDistributions(drawn, backend));
    const { crpsFair: crps, coverage90, misfit } = found;
    const share = count === all ? 0 : 1 / Math.sqrt(count);
    const [least, greatest] = calibrated.misfit;
    const outside =
      (coverage90 === undefined ? 0 : distance(coverage90, calibrated.coverage90, share * slack.coverage90)) +
      distance(Math.log(misfit), [Math.log(least), Math.log(greatest)], share * slack.misfit);
    return { settings, images: count, crps, coverage90, misfit, outside };
  };

  const rounds = shares.map((share) => Math.ceil(all * share)).filter((count) => count >= leastPart || count === all);
  const planned = plannedSamples(rounds, candidates.length - plainSettings.size, plainSettings.size);
  let drawn = 0;
  const trials: UpdateTrial<Settings>[] = [];
  let onAll: UpdateTrial<Settings>[] = [];
  let remaining = candidates;
  let discarded: UpdateTrial<Settings>[] = [];
  for (const count of rounds) {
    const observation = firstObservations(observed, count);
    const draw = sharedDraws(networks, observation, { samples, seed, backend });
    const tried: UpdateTrial<Settings>[] = [];
    for (const settings of remaining) {
      tried.push(await scored(settings, observation, draw));
      drawn += count;
      onProgress?.(Math.min(1, drawn / planned));
    }
    // What is calibrated on a part of the images is often not on all.
    if (count === all)
      for (const { settings } of discarded.filter(isCalibrated)) {
        if (tried.some(isCalibrated)) break;
        tried.push(await scored(settings, observation, draw));
      }
    trials.push(...tried);
    onAll = tried.sort(better);
    const updates = onAll.filter((trial) => !isPlain(trial));
    const keptCount = Math.ceil(updates.length * kept);
    remaining = [...onAll.filter(isPlain), ...updates.slice(0, keptCount)].map(({ settings }) => settings);
    discarded = updates.slice(keptCount);
  }

  const [best] = onAll;
  const [alone] = onAll.filter(isPlain);
  const asGood = alone.outside <= best.outside && alone.crps <= best.crps * (1 + worthwhile);
  if (asGood) return { update: false, chosen: alone, networks: alone, trials };
  const draw = sharedDraws(networks, firstObservations(observed, rounds[0]), { samples, seed, backend });
  const needed = await neededIterations(draw, updateOf(best.settings));
  return { update: true, chosen: best, networks: alone, needed, trials };
}

/** The number of images that all settings are tried on, summed over the settings and rounds. */
function plannedSamples(rounds: readonly number[], updates: number, plain: number): number {
  let [total, left] = [0, updates];
  for (const count of rounds) {
    total += count * (left + plain);
    left = Math.ceil(left * kept);
  }
  return total;
}

function isCalibrated({ outside }: UpdateTrial<unknown>): boolean {
  return outside === 0;
}

function better<Settings>(a: UpdateTrial<Settings>, b: UpdateTrial<Settings>): number {
  return a.outside - b.outside || a.crps - b.crps;
}

/** How far a value is outside a range that is wider by `margin` on both sides. */
function distance(value: number, [low, high]: readonly [number, number], margin: number): number {
  return Math.max(low - margin - value, value - high - margin, 0);
}
