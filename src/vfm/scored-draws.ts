import { add, concatenate, mean, mul, type NDArray, reshape, sliceAxis, splitAxis } from "../array/index.js";
import { type MeanVelocity, sampleFlowMap } from "../flow/index.js";
import { drawNoise, type NoiseDistribution } from "./noise-adapter.js";
import { batchEnergyScore, energyScore, pixelScore } from "./score.js";

/** Weights of the scores of draws f(z) in an objective. A score of weight 0 is not computed. */
export interface ScoreSettings {
  /** Number of draws of q(z | y) that are scored for each sample, m >= 2. */
  draws: number;
  /** Weight of `pixelScore`. */
  pixelWeight: number;
  /** Weight of `energyScore`. */
  energyWeight: number;
  /** Weight of `batchEnergyScore` of the prior's draws; useful only where the flow map is trained. */
  priorWeight: number;
}

/**
 * What becomes of the draws f(z), [m B, ...], one draw after the other, before they are scored; of the same shape. The
 * gradient flows through it.
 */
export type DrawUpdate = (samples: NDArray) => NDArray;

/** The arguments of `scoreDraws` for a batch of B samples. */
export interface ScoredBatch {
  /** The truth, [B, ...]. */
  x: NDArray;
  /** q(z | y) of each sample, evaluated once for all draws. */
  q: NoiseDistribution;
  /** The first draw of q, [B, ...]. */
  z: NDArray;
  /** Standard normal noise of the other draws, one draw after the other, [(m - 1) B, ...]. */
  furtherEps?: NDArray | undefined;
  /** Noise of the prior's draws, [B, ...], if they are scored. */
  freshNoise?: NDArray | undefined;
  /** What becomes of the draws of q before they are scored: see `JointBatch`. */
  updateDraws?: DrawUpdate | undefined;
}

/** The scores of a batch, weighted. */
export interface Scores {
  /** One number for each sample, [B], or one scalar for all. */
  losses: NDArray;
  /** `pixelScore`, `energyScore` and `priorScore` before their weights, for the scores with a weight. */
  measures: Record<string, NDArray>;
  /** f(z) of the first draw, [B, ...], if the draws of q are scored. */
  first: NDArray | undefined;
}

/** Whether draws of q are scored, and not only those of the prior. */
export function scoresPosterior(settings: ScoreSettings | undefined): settings is ScoreSettings {
  return settings !== undefined && settings.pixelWeight + settings.energyWeight > 0;
}

/**
 * Scores draws f(z), z ~ q(z | y), with one evaluation of the flow map, against the true x, and f(z), z ~ N(0, I),
 * against the batch. All draws go through the flow map in one call. With `updateDraws`, what it makes of the draws of q is
 * scored.
 *
 * @param meanVelocity u, through which the scores' gradient flows
 * @returns undefined if no score has a weight
 * @throws ShapeError if the noise does not have the shape that `ScoredBatch` requires
 */
export function scoreDraws(
  meanVelocity: MeanVelocity,
  { x, q, z, furtherEps, freshNoise, updateDraws = (drawn) => drawn }: ScoredBatch,
  settings: ScoreSettings,
): Scores | undefined {
  const { draws, pixelWeight, energyWeight, priorWeight } = settings;
  const further = furtherEps === undefined ? [] : splitAxis(furtherEps, draws - 1, 0);
  const ofPosterior = scoresPosterior(settings) ? [z, ...further.map((eps) => drawNoise(q, eps))] : [];
  const ofPrior = priorWeight > 0 && freshNoise !== undefined ? [freshNoise] : [];
  if (ofPosterior.length + ofPrior.length === 0) return undefined;
  const samples = sampleFlowMap(meanVelocity, concatenate([...ofPosterior, ...ofPrior]), 1);
  const scored = ofPosterior.length * x.shape[0];
  const posterior =
    ofPosterior.length === 0
      ? undefined
      : reshape(updateDraws(sliceAxis(samples, 0, 0, scored)), [ofPosterior.length, ...x.shape]);
  const posteriorTerms =
    posterior === undefined
      ? []
      : [
          { name: "pixelScore", weight: pixelWeight, of: () => pixelScore(posterior, x) },
          { name: "energyScore", weight: energyWeight, of: () => energyScore(posterior, x) },
        ];
  const priorTerms = ofPrior.map(() => ({
    name: "priorScore",
    weight: priorWeight,
    of: () => batchEnergyScore(sliceAxis(samples, 0, scored, samples.shape[0]), x),
  }));
  const terms = [...posteriorTerms, ...priorTerms]
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight, of }) => ({ name, weight, score: of() }));
  return {
    losses: terms.map(({ weight, score }) => mul(score, weight)).reduce((total, term) => add(total, term)),
    measures: Object.fromEntries(terms.map(({ name, score }) => [name, mean(score)])),
    first: ofPosterior.length === 0 ? undefined : sliceAxis(samples, 0, 0, x.shape[0]),
  };
}
