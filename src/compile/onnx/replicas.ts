import { runtime } from "#runtime";
import { type EncodedGraph, type Executor } from "../../platform/index.js";
import { availableThreads } from "../threads.js";
import { type ExecutorOptions, onnxExecutor } from "./executor.js";

/**
 * Runs a graph in several sessions, one in this thread and the others in threads of their own, so that overlapping runs
 * are computed at the same time. The machine's threads are divided among the sessions. If the platform has no threads
 * for sessions, there is one session.
 *
 * For a graph that is a long chain of small operators, two sessions with one thread each are faster than one with two
 * threads, because the engine divides each operator and waits after it.
 *
 * @param count number of sessions, at least 1
 */
export async function replicatedExecutor(
  graph: EncodedGraph,
  count: number,
  options: ExecutorOptions,
): Promise<Executor> {
  const { openInThread } = await runtime.load();
  if (openInThread === undefined) return onnxExecutor(graph, { ...options, reuseOutputs: false });
  const threads = Math.max(1, Math.floor((options.threads ?? availableThreads()) / count));
  const others = await Promise.all(Array.from({ length: count - 1 }, () => openInThread(graph, threads)));
  const own = await onnxExecutor(graph, { ...options, reuseOutputs: false, threads });
  // The session of this thread is used first, because it blocks the thread while it runs.
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
