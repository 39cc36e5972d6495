import { runtime } from "#runtime";

/**
 * How many threads the onnx engine has on the processor, unless it is told otherwise.
 *
 * @example
 * const { samples } = await samplePrior(model, { samples: 16, seed: 0, threads: availableThreads() - 1 });
 */
export function availableThreads(): number {
  return runtime.availableThreads();
}
