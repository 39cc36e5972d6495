import { firstRows, type HostArray } from "../array/index.js";
import { type Backend, engineRules } from "../compile/index.js";
import { InputError } from "../errors.js";
import { firstObservations, observe, type Problem } from "../operators/index.js";
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
  /**
   * Iterations of conjugate gradients after which the samples hardly change, with which the setting was tried on all
   * images; absent before the last round, where it was tried with the default number, and without an update.
   */
  needed?: NeededIterations | undefined;
}

/** The chosen setting of a problem, and all that were tried. */
export interface FittedUpdate<Settings> {
  /** Whether samples are updated; false if the networks alone are as good. */
  update: boolean;
  chosen: UpdateTrial<Settings>;
  /** The best setting without an update. */
  networks: UpdateTrial<Settings>;
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

// A round before the last tries the settings on a share of the images, if it is large enough to distinguish them, and
// keeps the better ones for the next.
const shares = [1 / 16, 1 / 4];
const leastPart = 10;
const kept = 0.25;

// An update is left out if it lowers the CRPS by less than this share.
const worthwhile = 0.01;

/**
 * Chooses how a problem's samples are conditioned on their observation: among the settings with calibrated coverage and
 * misfit (or, if there are none, those nearest to calibrated), the one with the least unbiased CRPS. All settings are
 * tried on a sixteenth of the images. Those without an update and the best quarter of the others are then tried on a
 * quarter of the images, and of these again those without and the best quarter of the others on all images, with as many
 * iterations of conjugate gradients as each needs. Rounds of fewer than 10 images are left out; if none is left, all
 * settings are first tried on all images. Before the last round, coverage and misfit may be a little outside the
 * calibrated ranges, because those of few images are uncertain. If no setting of the last round is calibrated, the
 * settings that were calibrated in the previous round but discarded are also tried on all images, best first, until one
 * is calibrated. A setting without an update is chosen if it is as well calibrated and its CRPS is within a hundredth.
 * (Successive halving: Jamieson and Talwalkar 2016.)
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
  const { candidates, updateOf } = options;
  const plain = new Set(candidates.filter((settings) => updateOf(settings).residual === undefined));
  if (plain.size === 0)
    throw new InputError("fitUpdate: every candidate has an update: give one without, to compare them with");
  const { trials, onAll } = await runRounds(networks, problem, images, options, plain);
  const [best] = onAll;
  const [alone] = onAll.filter(({ settings }) => plain.has(settings));
  const asGood = alone.outside <= best.outside && alone.crps <= best.crps * (1 + worthwhile);
  if (asGood) return { update: false, chosen: alone, networks: alone, trials };
  return { update: true, chosen: best, networks: alone, trials };
}

/**
 * Tries the settings in rounds of ever more images.
 *
 * @param plain the settings without an update
 * @returns all trials, and those on all images, the best first
 */
async function runRounds<Settings>(
  networks: NetworkDraws,
  problem: Problem,
  images: HostArray,
  options: FitOptions<Settings>,
  plain: ReadonlySet<Settings>,
): Promise<{ trials: UpdateTrial<Settings>[]; onAll: UpdateTrial<Settings>[] }> {
  const { candidates, onProgress } = options;
  const all = images.shape[0];
  const parts = shares.map((share) => Math.ceil(all * share)).filter((count) => count >= leastPart);
  // Few images are tried twice, since most settings are not worth the search for their iterations.
  const rounds = [...(parts.length > 0 ? parts : [all]), all];
  const planned = plannedSamples(rounds, candidates.length - plain.size, plain.size);
  const score = await settingsScorer(networks, problem, images, options, rounds[0]);
  let drawn = 0;
  const trials: UpdateTrial<Settings>[] = [];
  let onAll: UpdateTrial<Settings>[] = [];
  let remaining = candidates;
  let discarded: UpdateTrial<Settings>[] = [];
  for (const [round, count] of rounds.entries()) {
    const last = round === rounds.length - 1;
    const tried: UpdateTrial<Settings>[] = [];
    for (const settings of remaining) {
      tried.push(await score(settings, count, last));
      drawn += count;
      onProgress?.(Math.min(1, drawn / planned));
    }
    // What is calibrated on a part of the images is often not on all.
    if (last)
      for (const { settings } of discarded.filter(isCalibrated)) {
        if (tried.some(isCalibrated)) break;
        tried.push(await score(settings, count, last));
      }
    trials.push(...tried);
    onAll = tried.sort(better);
    const updates = onAll.filter(({ settings }) => !plain.has(settings));
    const keptCount = Math.ceil(updates.length * kept);
    remaining = [...onAll.filter(({ settings }) => plain.has(settings)), ...updates.slice(0, keptCount)].map(
      ({ settings }) => settings,
    );
    discarded = updates.slice(keptCount);
  }
  return { trials, onAll };
}

/**
 * Scores settings on the first `count` images; in the last round with the iterations that the update needs, so that the
 * figures are those of the samples that the model will draw.
 *
 * @param fewest number of images on which the needed iterations are found
 */
async function settingsScorer<Settings>(
  networks: NetworkDraws,
  problem: Problem,
  images: HostArray,
  { updateOf, samples, seed, backend }: FitOptions<Settings>,
  fewest: number,
): Promise<(settings: Settings, count: number, last: boolean) => Promise<UpdateTrial<Settings>>> {
  const observed = await observe(problem, images, { seed, backend });
  const drawsOn = (count: number) =>
    sharedDraws(networks, firstObservations(observed, count), { samples, seed, backend });
  const onFewest = drawsOn(fewest);
  let current = { count: fewest, draw: onFewest };
  return async (settings, count, last) => {
    if (current.count !== count) current = { count, draw: drawsOn(count) };
    const update = updateOf(settings);
    const { residual } = update;
    const needed =
      !last || residual === undefined ? undefined : await neededIterations(onFewest, { ...update, residual });
    const solved = needed && residual && { residual: { ...residual, iterations: needed.iterations } };
    const drawn = {
      truth: firstRows(images, count),
      observation: firstObservations(observed, count),
      samples: limitToRange(await current.draw({ ...update, ...solved })),
    };
    const { crpsFair: crps, coverage90, misfit } = summariseDistributions(await scoreDistributions(drawn, backend));
    const share = last ? 0 : 1 / Math.sqrt(count);
    const [least, greatest] = calibrated.misfit;
    const outside =
      (coverage90 === undefined ? 0 : distance(coverage90, calibrated.coverage90, share * slack.coverage90)) +
      distance(Math.log(misfit), [Math.log(least), Math.log(greatest)], share * slack.misfit);
    return { settings, images: count, crps, coverage90, misfit, outside, ...(needed && { needed }) };
  };
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
