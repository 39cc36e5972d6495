import { Worker } from "node:worker_threads";

/** Starts a thread that runs a module of this package. */
export function startWorker(module: URL, workerData: unknown): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(module, { workerData });
  // Tests run the TypeScript sources, which a thread cannot load without a loader.
  const source = JSON.stringify(module.href.replace(/\.js$/, ".ts"));
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${source}); });`;
  return new Worker(code, { eval: true, workerData });
}
