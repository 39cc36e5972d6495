import { type HostArray } from "../../array/index.js";
import { CompileError, VfmError } from "../../errors.js";
import { type EncodedGraph, type Executor } from "../types.js";
import { type SessionAnswer, type SessionOrder } from "./session-worker.js";
import { startWorker } from "./start-worker.js";

/**
 * Opens a session of the native engine in its own thread, which ends with this one. Its runs must not overlap.
 *
 * @throws CompileError if the engine refuses the graph; the thread is then ended
 */
export async function openInThread(graph: EncodedGraph, threads: number): Promise<Executor> {
  const order: SessionOrder = { graph, threads };
  const worker = startWorker(new URL("./session-worker.js", import.meta.url), order);
  worker.unref();
  const used = new Set(graph.inputs.map(({ leaf }) => leaf));
  let ended: SessionAnswer | undefined;
  let settle: (answer: SessionAnswer) => void = () => undefined;
  const end = (failure: string): void => {
    ended ??= { failure };
    settle(ended);
  };
  worker.on("message", (answer: SessionAnswer) => settle(answer));
  worker.on("error", (error) => end(error.message));
  worker.on("exit", () => end("the thread has ended, compile the function again"));

  /** The worker's next answer, to these arrays if they are given. */
  const ask = async (leaves?: readonly HostArray[]): Promise<SessionAnswer> => {
    if (ended !== undefined) return ended;
    worker.ref();
    try {
      return await new Promise<SessionAnswer>((resolve) => {
        settle = resolve;
        if (leaves) worker.postMessage(leaves.map((leaf, i) => (used.has(i) ? compact(leaf) : undefined)));
      });
    } finally {
      worker.unref();
    }
  };
  const opened = await ask();
  if ("failure" in opened) {
    await worker.terminate();
    throw new CompileError(`a session in another thread failed: ${opened.failure}`);
  }
  return {
    async run(leaves) {
      const answer = await ask(leaves);
      if ("outputs" in answer) return answer.outputs;
      throw new VfmError(`a session in another thread failed${"failure" in answer ? `: ${answer.failure}` : ""}`);
    },
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
