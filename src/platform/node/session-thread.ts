import { type HostArray } from "../../array/index.js";
import { CompileError } from "../../errors.js";
import { type EncodedGraph, type Executor } from "../types.js";
import { type SessionAnswer, type SessionOrder } from "./session-worker.js";
import { startWorker } from "./start-worker.js";

/** Opens a session of the native engine in its own thread, which ends with this one. */
export async function openInThread(graph: EncodedGraph, threads: number): Promise<Executor> {
  const order: SessionOrder = { graph, threads };
  const worker = startWorker(new URL("./session-worker.js", import.meta.url), order);
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

// Sending a view of a larger buffer would copy the whole buffer.
function compact({ shape, data }: HostArray): HostArray {
  return { shape, data: data.byteLength === data.buffer.byteLength ? data : data.slice() };
}
