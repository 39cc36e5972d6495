import { type NDArray } from "../array/index.js";

/** What jax-js keeps of a trace: `globalData` records the equations. */
export interface MainTrace {
  globalData: object | null;
}

/** The trace that a traced array is part of. */
export function mainTraceOf(tracer: NDArray | undefined): MainTrace | undefined {
  return (tracer as unknown as { _trace?: { main?: MainTrace } } | undefined)?._trace?.main;
}

/**
 * A function to be traced, and what frees the records of its traces when they are over.
 *
 * jax-js 0.1.25 puts a trace on its stack for every gradient and does not take it off again. One trace a gradient stays
 * there for good; without its records it holds next to nothing.
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
