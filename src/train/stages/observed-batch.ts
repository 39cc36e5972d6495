import { type HostArray, type NDArray, type RandomSource, type Tree } from "../../array/index.js";
import { type NegativeLogLikelihood, scoresPosterior, type ScoreSettings } from "../../vfm/index.js";
import { drawObservations } from "../batch-observations.js";
import { type HostBatch, type TracedBatch } from "../step.js";
import { type TaskContext } from "../task-context.js";

/** The data of a step, the adapter's noise, the images if the data are latents, and what they are observed with. */
export interface ObservedBatch {
  [name: string]: HostBatch | HostArray;
  x: HostArray;
  eps: HostArray;
  drawn: HostBatch;
}

/** Draws a step's data and what it is observed with. */
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

/** The noise of the scored draws but the first. It is drawn last: the other draws are those of a stage without scores. */
export function drawFurtherNoise(
  { score }: { score?: ScoreSettings | undefined },
  { shape: [batchSize, ...shape] }: HostArray,
  random: RandomSource,
): HostBatch {
  return scoresPosterior(score) ? { furtherEps: random.normalArray([(score.draws - 1) * batchSize, ...shape]) } : {};
}

/** What a traced batch of `drawObserved` holds. */
export type Observed = { x: NDArray; eps: NDArray; furtherEps?: NDArray; images?: NDArray; drawn: TracedBatch };

/** The batch of `drawObserved`, traced. */
export function observed(batch: TracedBatch): Observed {
  return batch as TracedBatch & Observed;
}

/** The misfit of what the flow map samples: of the images that its latents are decoded to, if they are latents. */
export function ofSamples(
  { decode }: TaskContext,
  autoencoder: Tree<NDArray> | undefined,
  misfit: NegativeLogLikelihood,
): NegativeLogLikelihood {
  if (decode === undefined || autoencoder === undefined) return misfit;
  return (latents) => misfit(decode(autoencoder, latents));
}
