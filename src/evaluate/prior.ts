import { randomSource } from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { frechetDistance, gaussianFit, type GaussianFit } from "../metrics/index.js";
import { samplePrior, type VariationalFlowMap } from "../vfm/index.js";
import { type Classifier } from "../classifier/index.js";
import { limitToRange } from "./image-range.js";

/** Number of samples drawn and classified at a time. */
const chunk = 2000;

/** Options of `priorDistance`. */
export interface PriorOptions {
  /** Number of unconditional samples. */
  priorSamples: number;
  steps: number;
  seed: number;
  backend?: Backend | undefined;
  /** Called after every part of the samples, with the share that is drawn. */
  onProgress?: ((done: number) => void) | undefined;
}

/**
 * Frechet distance of unconditional samples to a reference, in the features of a classifier. (It is not the FID, which
 * uses the features of another network.)
 */
export async function priorDistance(
  model: VariationalFlowMap,
  classifier: Classifier,
  reference: GaussianFit,
  options: PriorOptions,
): Promise<number> {
  const { priorSamples, steps, seed, backend, onProgress } = options;
  const seeds = randomSource(seed, "prior");
  const features = new Float32Array(priorSamples * classifier.featureSize);
  for (let start = 0; start < priorSamples; start += chunk) {
    const drawn = await samplePrior(model, {
      samples: Math.min(chunk, priorSamples - start),
      steps,
      seed: seeds.integer(2 ** 24),
      ...(backend === undefined ? {} : { backend }),
    });
    const classified = await classifier.classify(limitToRange(drawn.samples).data as Float32Array);
    features.set(classified.features, start * classifier.featureSize);
    onProgress?.(Math.min(1, (start + chunk) / priorSamples));
  }
  return frechetDistance(reference, gaussianFit(features, classifier.featureSize));
}
