import { Worker } from "node:worker_threads";

/** Starts a thread that runs a module of this package. */
export function startWorker(module: URL, workerData: unknown): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(module, { workerData });
  // The sources themselves run in tests: a thread has to be told how to read them.
  const source = JSON.stringify(module.href.replace(/\.js$/, ".ts"));
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${source}); });`;
  return new Worker(code, { eval: true, workerData });
}
