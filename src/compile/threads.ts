import { runtime } from "#runtime";

let limit: number | undefined;

/**
 * Default number of threads of the onnx engine on the processor.
 *
 * @example
 * const { samples } = await samplePrior(model, { samples: 16, seed: 0, threads: availableThreads() - 1 });
 */
export function availableThreads(): number {
  return limit ?? runtime.availableThreads();
}

/** Sets the number of available threads of this process. Default: all cores. */
export function limitThreads(threads: number | undefined): void {
  limit = threads;
}
