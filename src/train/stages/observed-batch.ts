import { type HostArray, type NDArray, type RandomSource, type Tree } from "../../array/index.js";
import { type DrawUpdate, type NegativeLogLikelihood, scoresPosterior, type ScoreSettings } from "../../vfm/index.js";
import { type BatchObservations, drawObservations, drawUpdateNoise } from "./batch-observations.js";
import { type HostBatch, type TracedBatch } from "../step.js";
import { type StageSurroundings } from "./stage-kind.js";
import { type TaskContext } from "./task-context.js";

/** The data of a step, the adapter's noise, the images if the data are latents, and the draws of their observation. */
export interface ObservedBatch {
  [name: string]: HostBatch | HostArray;
  x: HostArray;
  eps: HostArray;
  drawn: HostBatch;
}

/** Draws a step's data and the randomness of their observation. */
export async function drawObserved(
  { problems, samples }: TaskContext,
  step: number,
  random: RandomSource,
): Promise<ObservedBatch> {
  const { x, images } = await samples(step);
  const [batchSize, ...imageShape] = images.shape;
  const drawn = drawObservations(problems, batchSize / problems.length, imageShape, random);
  return { x, eps: random.normalArray(x.shape), drawn, ...(images !== x && { images }) };
}

/** The entries of a stage that say how draws are scored. */
interface ScoredStage {
  score?: ScoreSettings | undefined;
  updateDraws: boolean;
}

/**
 * The noise of all scored draws but the first, and of the updates of all. It is drawn last, so that the other draws are
 * those of a stage without scores.
 */
export function drawFurtherNoise(
  { score, updateDraws }: ScoredStage,
  { problems, updates }: Pick<TaskContext, "problems" | "updates">,
  { shape: [batchSize, ...shape] }: HostArray,
  random: RandomSource,
): HostBatch {
  if (!scoresPosterior(score)) return {};
  const { draws } = score;
  const furtherEps = random.normalArray([(draws - 1) * batchSize, ...shape]);
  if (!updateDraws) return { furtherEps };
  const size = batchSize / problems.length;
  return { furtherEps, updateNoise: drawUpdateNoise(problems, updates, { draws, size }, shape, random) };
}

/** The update of the scored draws, with the noise of `drawFurtherNoise`; undefined if draws are scored as they are. */
export function updateOfDraws(
  { score, updateDraws }: ScoredStage,
  { updates }: Pick<TaskContext, "updates">,
  { updated }: BatchObservations,
  batch: TracedBatch,
): DrawUpdate | undefined {
  if (!updateDraws || score === undefined) return undefined;
  return (samples) => updated(samples, score.draws, updates, batch.updateNoise as TracedBatch);
}

/** What is wrong with the entry `updateDraws` of a stage; undefined if nothing is wrong. */
export function updateProblem(
  { score, updateDraws }: ScoredStage,
  { updates, autoencoder }: StageSurroundings,
): string | undefined {
  if (!updateDraws) return undefined;
  if (!scoresPosterior(score)) return "updateDraws: no draws are scored: give a score a weight";
  if (autoencoder !== undefined)
    return "updateDraws: an update works on images, not on an autoencoder's latents: set it to false";
  return updates === undefined
    ? 'updateDraws: there are no updates: name a checkpoint that has them with "updates", or set it to false'
    : undefined;
}

/** The arrays in a traced batch of `drawObserved`. */
export type Observed = { x: NDArray; eps: NDArray; furtherEps?: NDArray; images?: NDArray; drawn: TracedBatch };

/** The batch of `drawObserved`, traced. */
export function observed(batch: TracedBatch): Observed {
  return batch as TracedBatch & Observed;
}

/** The misfit of the flow map's samples; if they are latents, of the images to which they are decoded. */
export function ofSamples(
  { decode }: TaskContext,
  autoencoder: Tree<NDArray> | undefined,
  misfit: NegativeLogLikelihood,
): NegativeLogLikelihood {
  if (decode === undefined || autoencoder === undefined) return misfit;
  return (latents) => misfit(decode(autoencoder, latents));
}
