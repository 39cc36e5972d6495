import { type Worker, workerData } from "node:worker_threads";
import { type Around } from "../around-calls.js";

// A thread that is stopped while the native engine runs in it ends the whole process with SIGABRT. So a process that
// exits waits for the calls in its threads, and no further call begins.

/** Shared by two threads, int32 [2]: the number of the engine's calls that are under way, and whether the process exits. */
export type NativeCalls = Int32Array<SharedArrayBuffer>;

const [underWay, exiting] = [0, 1];
const longestWaitMs = 10_000;
const watched = new Set<NativeCalls>();

/** New counts of a thread's calls, with which it is started. */
export function newNativeCalls(): NativeCalls {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Lets this process wait for a thread's calls of the engine when it exits. */
export function awaitCallsAtExit(worker: Worker, calls: NativeCalls): void {
  if (watched.size === 0) process.on("exit", waitForCalls);
  watched.add(calls);
  worker.once("exit", () => {
    watched.delete(calls);
    if (watched.size === 0) process.off("exit", waitForCalls);
  });
}

function waitForCalls(): void {
  const end = performance.now() + longestWaitMs;
  for (const calls of watched) Atomics.store(calls, exiting, 1);
  for (const calls of watched)
    for (let count = 1; count > 0 && performance.now() < end;) {
      count = Atomics.load(calls, underWay);
      if (count > 0) Atomics.wait(calls, underWay, count, end - performance.now());
    }
}

/** Counts the calls that a thread makes for the one that started it with `startWorker`; counts nothing elsewhere. */
export function callCounter(): Around {
  const { nativeCalls: calls } = (workerData ?? {}) as { nativeCalls?: unknown };
  if (!(calls instanceof Int32Array)) return (call) => call();
  return async (call) => {
    Atomics.add(calls, underWay, 1);
    try {
      if (Atomics.load(calls, exiting) === 0) return await call();
    } finally {
      Atomics.sub(calls, underWay, 1);
      Atomics.notify(calls, underWay);
    }
    return new Promise(() => undefined);
  };
}
