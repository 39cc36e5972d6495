import { aFunction, checkArgument } from "../options.js";

let underWay = 0;
let begun = 0;
let total = 0;

/** Runs work that compiles, and counts its time as compilation. */
export async function countAsCompiling<Result>(work: () => Promise<Result>): Promise<Result> {
  if (underWay++ === 0) begun = performance.now();
  try {
    return await work();
  } finally {
    if (--underWay === 0) total += performance.now() - begun;
  }
}

/**
 * Measures the time of some work without the time of compilation, so that the first call of a sampler takes as long as
 * any other.
 *
 * @returns the work's result, and its time in milliseconds
 * @throws what the work throws
 * @example
 * const { result, milliseconds } = await timeWithoutCompiling(() => samplePosterior(model, observation, { samples: 16, seed: 1 }));
 */
export async function timeWithoutCompiling<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; milliseconds: number }> {
  checkArgument("timeWithoutCompiling", "work", work, aFunction);
  const [start, before] = [performance.now(), total];
  const result = await work();
  return { result, milliseconds: performance.now() - start - (total - before) };
}
