import {
  type InputOf,
  type OutputOf,
  type ProgressOf,
  type Request,
  type Response,
  type Services,
} from "./services.js";

/** How a service is called. */
export interface CallOptions<Progress> {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Asks the service to stop; the call then fails with the service's own error. */
  signal?: AbortSignal | undefined;
}

/** A page's side of its worker. */
export interface Connection<S> {
  /** Calls a service by name. Rejects with a `WorkerFailure` whose message can be shown. */
  call<Name extends keyof S & string>(
    name: Name,
    input: InputOf<S[Name]>,
    options?: CallOptions<ProgressOf<S[Name]>>,
  ): Promise<OutputOf<S[Name]>>;
  /** Ends the worker; pending calls fail. */
  close(): void;
}

/** The failure of a service; `name` is that of the error in the worker. */
export class WorkerFailure extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

interface Pending {
  resolve(output: unknown): void;
  reject(error: WorkerFailure): void;
  report(progress: unknown): void;
}

/** Connects to a worker that offers services of this type. */
export function connect<S extends Services>(worker: Worker): Connection<S> {
  const pending = new Map<number, Pending>();
  let calls = 0;
  // A module that awaits while it loads loses earlier messages: requests wait until the worker listens.
  let waiting: Request[] | undefined = [];
  /** Why the worker never listened. */
  let broken: string | undefined;
  const failAll = (message: string): void => {
    for (const { reject } of pending.values()) reject(new WorkerFailure("WorkerError", message));
    pending.clear();
  };
  worker.addEventListener("message", ({ data }) => {
    const response = data as Response;
    if (response.kind === "ready") {
      waiting?.forEach((request) => worker.postMessage(request));
      waiting = broken = undefined;
      return;
    }
    const call = pending.get(response.id);
    if (call === undefined) return;
    if (response.kind === "progress") {
      call.report(response.progress);
      return;
    }
    pending.delete(response.id);
    if (response.kind === "result") call.resolve(response.output);
    else call.reject(new WorkerFailure(response.name, response.message));
  });
  worker.addEventListener("error", ({ message }) => {
    const reason = message || "the worker could not be started";
    if (waiting !== undefined) [broken, waiting] = [reason, []];
    failAll(reason);
  });
  const send = (request: Request): void => {
    if (waiting === undefined) worker.postMessage(request);
    else waiting.push(structuredClone(request));
  };
  return {
    call: (name, input, { onProgress, signal } = {}) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(new WorkerFailure("WorkerError", broken));
          return;
        }
        const id = ++calls;
        pending.set(id, {
          resolve: resolve,
          reject,
          report: (progress) => onProgress?.(progress as never),
        });
        signal?.addEventListener("abort", () => send({ kind: "cancel", id }), { once: true });
        send({ kind: "call", id, name, input });
      }),
    close() {
      worker.terminate();
      failAll("the worker was ended");
    },
  };
}
