import { compileCache } from "../compile/index.js";

/** What samplers have compiled, of all models together. */
export const compiledSamplers = compileCache();

/**
 * Frees the memory of all that `samplePosterior` and `samplePrior` have compiled; their next calls compile again. Of what
 * is compiled they keep the 32 used last, and at most 512 MB of parameters.
 */
export async function disposeSamplers(): Promise<void> {
  await compiledSamplers.dispose();
}
