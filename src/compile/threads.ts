import { runtime } from "#runtime";

let limit: number | undefined;

/**
 * How many threads the onnx engine has on the processor, unless it is told otherwise.
 *
 * @example
 * const { samples } = await samplePrior(model, { samples: 16, seed: 0, threads: availableThreads() - 1 });
 */
export function availableThreads(): number {
  return limit ?? runtime.availableThreads();
}

/** Makes so many threads the available ones of this process, as a command is told by `--threads`; all cores if not given. */
export function limitThreads(threads: number | undefined): void {
  limit = threads;
}
