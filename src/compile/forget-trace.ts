import { type NDArray } from "../array/index.js";

/** A trace of jax-js; `globalData` records the equations. */
export interface MainTrace {
  globalData: object | null;
}

/** The trace to which a traced array belongs. */
export function mainTraceOf(tracer: NDArray | undefined): MainTrace | undefined {
  return (tracer as unknown as { _trace?: { main?: MainTrace } } | undefined)?._trace?.main;
}

/**
 * Wraps a function to be traced, and returns a function that frees the records of its finished traces.
 *
 * jax-js 0.1.25 pushes a trace on its stack for every gradient and does not pop it, so one trace for each gradient
 * stays there for good. Without its records it takes almost no memory.
 */
export function forgettingTraces<Result>(fn: (leaves: NDArray[]) => Result): {
  fn(leaves: NDArray[]): Result;
  forget(): void;
} {
  const traces = new Set<MainTrace>();
  return {
    fn: (leaves) => {
      const main = mainTraceOf(leaves[0]);
      if (main !== undefined) traces.add(main);
      return fn(leaves);
    },
    forget: () => {
      for (const main of traces) main.globalData = null;
      traces.clear();
    },
  };
}
