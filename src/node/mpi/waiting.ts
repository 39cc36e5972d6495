import { setImmediate, setTimeout } from "node:timers/promises";
import { LostProcessError } from "../../errors.js";
import { type MpiLibrary } from "./library.js";

/** How long a call may wait for the other ranks. */
export interface WaitingLimits {
  /** Greatest number of seconds that a call waits for the other ranks. */
  timeout: number;
  /** Aborted when this process is asked to end. The other ranks are asked too, and then respond soon or never. */
  signal?: AbortSignal | undefined;
}

/** Milliseconds for which a waiting rank polls without pause; afterwards it yields the processor between polls. */
const busyMilliseconds = 100;
/** Milliseconds of one round of polling, after which timers and signals are handled. */
const turnMilliseconds = 1;
/**
 * After the signal, a call waits for this many seconds plus twice the longest time that the other ranks have needed so
 * far.
 */
const graceSeconds = 3;

/** Waits for requests, one at a time, within the limits. */
export function requestWaiter(mpi: MpiLibrary, { timeout, signal }: WaitingLimits) {
  const rank = mpi.rank();
  let lastEnd = performance.now();
  let longest = 0;
  // MPI reads and writes the arrays of a started call until it is done, so they are kept until then.
  const started = new Set<unknown>();

  return async (start: (request: ArrayBufferView) => number): Promise<void> => {
    const began = performance.now();
    // The time between two calls is about the same on the other ranks.
    longest = Math.max(longest, began - lastEnd);
    const request = mpi.request();
    const require = (code: number): void => {
      if (code === 0) return;
      throw new LostProcessError(`rank ${rank} cannot reach the other ranks: ${mpi.describe(code)}`);
    };
    let signalled = signal?.aborted === true ? began : undefined;
    started.add(start);
    require(start(request));
    for (;;) {
      const turn = performance.now();
      do {
        const { code, done } = mpi.test(request);
        require(code);
        if (done) {
          started.delete(start);
          lastEnd = performance.now();
          // The wait of other ranks counts, because rank 0 may be saving.
          if (rank !== 0) longest = Math.max(longest, lastEnd - began);
          return;
        }
      } while (performance.now() - turn < turnMilliseconds);
      const waited = (turn - began) / 1000;
      if (waited > timeout) throw new LostProcessError(lost(rank, waited, ""));
      if (signal?.aborted === true) {
        signalled ??= turn;
        if (turn - signalled > 1000 * graceSeconds + 2 * longest)
          throw new LostProcessError(lost(rank, waited, ", told to end,"));
      }
      if (turn - began < busyMilliseconds) await setImmediate();
      else await setTimeout(1);
    }
  };
}

function lost(rank: number, seconds: number, why: string): string {
  return (
    `rank ${rank}${why} has waited ${Math.round(seconds)} s for the other ranks: one has died or cannot be reached; ` +
    "continue from the last saved state with --resume"
  );
}
