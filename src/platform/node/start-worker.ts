import { Worker } from "node:worker_threads";
import { awaitCallsAtExit, newNativeCalls } from "./native-calls.js";

/**
 * Starts a thread that runs a module of this package, with this data. It must not be terminated while the native engine
 * may run in it; when the process exits, it waits for that.
 */
export function startWorker(module: URL, data: object): Worker {
  const nativeCalls = newNativeCalls();
  const worker = newWorker(module, { ...data, nativeCalls });
  awaitCallsAtExit(worker, nativeCalls);
  return worker;
}

/**
 * Starts a thread with the options that Node was started with. A thread refuses `--input-type`, that of a program given
 * with -e or on stdin; without it, all options are checked, and some that it inherits unchecked are refused.
 */
function withOwnOptions(start: (options: { execArgv?: string[] }) => Worker): Worker {
  const execArgv = process.execArgv.filter(
    (option, i, all) => !option.startsWith("--input-type") && all[i - 1] !== "--input-type",
  );
  if (execArgv.length === process.execArgv.length) return start({});
  try {
    return start({ execArgv });
  } catch {
    return start({ execArgv: [] });
  }
}

function newWorker(module: URL, workerData: object): Worker {
  if (!import.meta.url.endsWith(".ts"))
    return withOwnOptions((options) => new Worker(module, { workerData, ...options }));
  // Tests run the TypeScript sources, which a thread cannot load without a loader.
  const source = JSON.stringify(module.href.replace(/\.js$/, ".ts"));
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${source}); });`;
  return new Worker(code, { eval: true, workerData });
}
