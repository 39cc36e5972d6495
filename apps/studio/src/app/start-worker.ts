import { connect, type Connection, type Services } from "../bus/index.js";

/** A page whose work is done by a worker of its own. */
export type PageWithWorker = "posterior" | "train" | "learn";

/** Starts a page's worker. */
export function startWorker<S extends Services>(page: PageWithWorker): Connection<S> {
  // The worker reads its name.
  return connect<S>(new Worker(new URL("./studio.worker.ts", import.meta.url), { type: "module", name: page }));
}
