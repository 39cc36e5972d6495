import { InputError, VfmError } from "../errors.js";
import { startWorker } from "../platform/node/index.js";
import { type Sampled, type SamplingJob } from "./sampling.js";
import {
  type ModelDescription,
  type SamplingAnswer,
  type SamplingOrder,
  type SamplingQuestion,
} from "./sampling-worker.js";

/** A model in a thread of its own, so that other requests need not wait while it samples. */
export interface SamplingThread {
  readonly model: ModelDescription;
  /** Fulfilled when everything that common requests need is compiled. */
  readonly ready: Promise<unknown>;
  /** Rejected if the thread ends by itself. */
  readonly ended: Promise<never>;
  /** Samples jobs with the same key: see `sampleJobs`. */
  sample(jobs: readonly SamplingJob[]): Promise<Sampled[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(results: Sampled[]): void;
  reject(error: Error): void;
}

/**
 * Loads a model in a thread.
 *
 * @param signal ends the thread while it loads
 * @throws InputError if it cannot be loaded, or is not a model of images with an adapter
 */
export async function startSamplingThread(order: SamplingOrder, signal?: AbortSignal): Promise<SamplingThread> {
  const worker = startWorker(new URL("./sampling-worker.js", import.meta.url), order);
  const waiting = new Map<number, Waiting>();
  const described = promiseWithEnds<ModelDescription>();
  const ready = promiseWithEnds<true>();
  const ended = promiseWithEnds<never>();
  let number = 0;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const ask = (question: SamplingQuestion): void => worker.postMessage(question);
  // The thread is terminated only before it is told to warm up: stopping the native engine while it runs would end the
  // whole process.
  const close = async (): Promise<void> => {
    ask("end");
    await exited;
  };
  const leave = (): void => void worker.terminate();
  signal?.addEventListener("abort", leave, { once: true });
  let lost: Error | undefined;
  const fail = (error: Error): void => {
    lost ??= error;
    for (const each of [described, ready, ended, ...waiting.values()]) each.reject(error);
    waiting.clear();
  };
  worker.on("error", (error) => fail(new VfmError(`the sampler's thread failed: ${error.message}`)));
  worker.on("exit", () => {
    signal?.removeEventListener("abort", leave);
    fail(new VfmError("the sampler's thread ended"));
  });
  worker.on("message", (message: SamplingAnswer) => {
    if ("model" in message) {
      signal?.removeEventListener("abort", leave);
      ask("warm");
      described.resolve(message.model);
    } else if ("ready" in message) ready.resolve(true);
    else {
      const one = waiting.get(message.number ?? 0);
      waiting.delete(message.number ?? 0);
      if ("results" in message) one?.resolve(message.results);
      else {
        const { failure, isInput } = message;
        const error = isInput ? new InputError(failure) : new VfmError(failure);
        if (message.number === undefined) fail(error);
        else one?.reject(error);
      }
    }
  });
  try {
    return {
      model: await described.promise,
      ready: ready.promise,
      ended: ended.promise,
      sample: (jobs) =>
        new Promise((resolve, reject) => {
          if (lost !== undefined) {
            reject(lost);
            return;
          }
          waiting.set(++number, { resolve, reject });
          ask({ number, jobs });
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A promise with its resolve and reject. Its rejection may stay unhandled without ending the process. */
function promiseWithEnds<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((...ends) => ([resolve, reject] = ends));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
