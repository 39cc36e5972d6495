import { Worker } from "node:worker_threads";
import { type HostArray } from "../../array/index.js";
import { CompileError } from "../../errors.js";
import { type Executor } from "../jax.js";
import { type EncodedGraph, type ExecutorOptions, onnxExecutor } from "./executor.js";
import { availableThreads } from "./threads.js";
import { type SessionAnswer, type SessionOrder } from "./session-worker.js";

/**
 * Runs a graph in several sessions, one in this thread and each of the others in a thread of its own: runs that overlap are
 * computed at the same time. The machine's threads are divided among the sessions.
 *
 * Two sessions of one thread each are faster than one of two threads where a graph is a long row of small operators: the
 * engine divides each operator, and waits after each.
 *
 * @param count sessions, at least 1
 */
export async function replicatedExecutor(
  graph: EncodedGraph,
  count: number,
  options: ExecutorOptions,
): Promise<Executor> {
  const threads = Math.max(1, Math.floor((options.threads ?? availableThreads()) / count));
  const others = await Promise.all(Array.from({ length: count - 1 }, () => workerExecutor(graph, threads)));
  const own = await onnxExecutor(graph, { ...options, reuseOutputs: false, threads });
  // This thread's own session last: it holds up the thread until it has ended.
  const free = [own, ...others];
  const waiting: ((executor: Executor) => void)[] = [];
  const take = async (): Promise<Executor> =>
    free.pop() ?? (await new Promise<Executor>((resolve) => waiting.push(resolve)));
  const giveBack = (executor: Executor): void => {
    const next = waiting.shift();
    if (next) next(executor);
    else free.push(executor);
  };
  return {
    async run(leaves) {
      const executor = await take();
      try {
        return await executor.run(leaves);
      } finally {
        giveBack(executor);
      }
    },
    bytes: count * graph.constantBytes,
    async dispose() {
      await Promise.all([own, ...others].map((executor) => executor.dispose()));
    },
  };
}

function startWorker(order: SessionOrder): Worker {
  const url = new URL("./session-worker.js", import.meta.url);
  if (!import.meta.url.endsWith(".ts")) return new Worker(url, { workerData: order });
  // The sources themselves run in tests: a thread has to be told how to read them.
  const source = JSON.stringify(url.href.replace(/\.js$/, ".ts"));
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${source}); });`;
  return new Worker(code, { eval: true, workerData: order });
}

async function workerExecutor(graph: EncodedGraph, threads: number): Promise<Executor> {
  const worker = startWorker({ graph, threads });
  worker.unref();
  const used = new Set(graph.inputs.map(({ leaf }) => leaf));
  const ask = async (leaves?: readonly HostArray[]): Promise<HostArray[]> => {
    const answer = await new Promise<SessionAnswer>((resolve) => {
      worker.once("message", resolve);
      worker.once("error", (error) => resolve({ failure: error.message }));
      worker.once("exit", () => resolve({ failure: "it ended" }));
      worker.ref();
      if (leaves) worker.postMessage(leaves.map((leaf, i) => (used.has(i) ? compact(leaf) : undefined)));
    });
    for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
    worker.unref();
    if ("failure" in answer) throw new CompileError(`a session in another thread failed: ${answer.failure}`);
    return "outputs" in answer ? answer.outputs : [];
  };
  await ask();
  return {
    run: (leaves) => ask(leaves),
    bytes: graph.constantBytes,
    async dispose() {
      await worker.terminate();
    },
  };
}

// A part of a larger buffer would be copied with all of it.
function compact({ shape, data }: HostArray): HostArray {
  return { shape, data: data.byteLength === data.buffer.byteLength ? data : data.slice() };
}
