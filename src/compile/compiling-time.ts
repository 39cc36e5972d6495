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

/** Time of compilation until now, in milliseconds. */
function compiledUntil(now: number): number {
  return total + (underWay > 0 ? now - begun : 0);
}

/**
 * Measures the time of some work without the time of compilation, so that the first call of a sampler takes as long as
 * any other. Compilation that another call does meanwhile is not counted either.
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
  const start = performance.now();
  const before = compiledUntil(start);
  const result = await work();
  const end = performance.now();
  return { result, milliseconds: end - start - (compiledUntil(end) - before) };
}
