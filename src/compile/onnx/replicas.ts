import { runtime } from "#runtime";
import { type EncodedGraph, type Executor } from "../../platform/index.js";
import { availableThreads } from "../threads.js";
import { type ExecutorOptions, onnxExecutor } from "./executor.js";

/**
 * Runs a graph in several sessions, one in this thread and the others in threads of their own, so that overlapping runs
 * are computed at the same time. The machine's threads are divided among the sessions, at least one for each. If the
 * platform has no threads for sessions, there is one session.
 *
 * For a graph that is a long chain of small operators, two sessions with one thread each are faster than one with two
 * threads, because the engine divides each operator and waits after it.
 *
 * @param count number of sessions, at least 1
 * @throws InputError if the device cannot be used, CompileError if a session refuses the graph
 */
export async function replicatedExecutor(
  graph: EncodedGraph,
  count: number,
  options: ExecutorOptions,
): Promise<Executor> {
  const { openInThread } = await runtime.load();
  if (openInThread === undefined) return onnxExecutor(graph, { ...options, reuseOutputs: false });
  const threads = Math.max(1, Math.floor((options.threads ?? availableThreads()) / count));
  const all = await openAll([
    onnxExecutor(graph, { ...options, reuseOutputs: false, threads }),
    ...Array.from({ length: count - 1 }, () => openInThread(graph, threads)),
  ]);
  // The first one, of this thread, is used last: the thread has to start the others before that one blocks it.
  const free = [...all];
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
      await Promise.all(all.map((executor) => executor.dispose()));
    },
  };
}

/** Waits for all sessions. If one of them fails, the others are disposed of. */
async function openAll(opening: readonly Promise<Executor>[]): Promise<Executor[]> {
  const results = await Promise.allSettled(opening);
  const opened = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return opened;
  await Promise.all(opened.map((executor) => executor.dispose()));
  throw failed.reason;
}
