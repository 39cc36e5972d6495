import { type HostArray } from "../../array/index.js";
import { CompileError, VfmError } from "../../errors.js";
import { type EncodedGraph, type Executor } from "../types.js";
import { type SessionAnswer, type SessionOrder, type SessionQuestion } from "./session-messages.js";
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
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  let ended: SessionAnswer | undefined;
  let settle: (answer: SessionAnswer) => void = () => undefined;
  const fail = (failure: string): void => {
    ended ??= { failure };
    settle(ended);
  };
  worker.on("message", (answer: SessionAnswer) => settle(answer));
  worker.on("error", (error) => fail(error.message));
  worker.on("exit", () => fail("the thread has ended, compile the function again"));

  const tell = (question: SessionQuestion): void => worker.postMessage(question);
  /** The worker's next answer, to these arrays if they are given. */
  const ask = async (leaves?: readonly HostArray[]): Promise<SessionAnswer> => {
    if (ended !== undefined) return ended;
    worker.ref();
    try {
      return await new Promise<SessionAnswer>((resolve) => {
        settle = resolve;
        if (leaves) tell(leaves.map((leaf, i) => (used.has(i) ? compact(leaf) : undefined)));
      });
    } finally {
      worker.unref();
    }
  };
  let asked: Promise<SessionAnswer> = ask();
  // A thread that is terminated while the native engine runs in it would end the whole process, so it is asked to end.
  const end = async (): Promise<void> => {
    await asked;
    worker.ref();
    tell("end");
    await exited;
  };
  const opened = await asked;
  if ("failure" in opened) {
    await end();
    throw new CompileError(`a session in another thread failed: ${opened.failure}`);
  }
  return {
    async run(leaves) {
      asked = ask(leaves);
      const answer = await asked;
      if ("outputs" in answer) return answer.outputs;
      throw new VfmError(`a session in another thread failed${"failure" in answer ? `: ${answer.failure}` : ""}`);
    },
    bytes: graph.constantBytes,
    dispose: end,
  };
}

// Sending a view of a larger buffer would copy the whole buffer.
function compact({ shape, data }: HostArray): HostArray {
  return { shape, data: data.byteLength === data.buffer.byteLength ? data : data.slice() };
}
