import { type HostArray, type NDArray, type RandomSource, type Tree } from "../../array/index.js";
import { type NegativeLogLikelihood, scoresPosterior, type ScoreSettings } from "../../vfm/index.js";
import { drawObservations } from "./batch-observations.js";
import { type HostBatch, type TracedBatch } from "../step.js";
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

/**
 * The noise of all scored draws but the first. It is drawn last, so that the other draws are those of a stage without
 * scores.
 */
export function drawFurtherNoise(
  { score }: { score?: ScoreSettings | undefined },
  { shape: [batchSize, ...shape] }: HostArray,
  random: RandomSource,
): HostBatch {
  return scoresPosterior(score) ? { furtherEps: random.normalArray([(score.draws - 1) * batchSize, ...shape]) } : {};
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
