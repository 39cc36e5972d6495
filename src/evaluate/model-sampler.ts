import { type PosteriorSampler, samplerEngine, variationalSampler } from "../baselines/index.js";
import { type Backend, engineOf } from "../compile/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";

/** Number of samples that a model draws at once: more images no longer fit into the processor's cache. */
export const modelBatch = 64;

/** A model as a sampler that draws many samples at once, for evaluations. */
export function modelSampler(
  name: string,
  model: VariationalFlowMap,
  { steps, backend }: { steps: number; backend?: Backend | undefined },
): PosteriorSampler {
  const engine = samplerEngine({ batchSize: modelBatch, ...engineOf({ backend }) });
  return variationalSampler(name, model, { steps }, engine);
}
