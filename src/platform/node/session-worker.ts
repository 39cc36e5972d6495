import { parentPort, workerData } from "node:worker_threads";
import { type HostArray } from "../../array/index.js";
import { openSession } from "../session.js";
import { type EncodedGraph } from "../types.js";
import { loadNative } from "./native.js";

/** The data with which the worker is started. */
export interface SessionOrder {
  graph: EncodedGraph;
  threads: number;
}

/** The worker's message: it is ready, the results of a run, or the reason of a failure. */
export type SessionAnswer = { ready: true } | { outputs: HostArray[] } | { failure: string };

const answer = (message: SessionAnswer, handedOver: ArrayBuffer[] = []): void => {
  parentPort?.postMessage(message, handedOver);
};
const fail = (error: unknown): void => answer({ failure: error instanceof Error ? error.message : String(error) });

const { graph, threads } = workerData as SessionOrder;
const session = loadNative().then((engine) => openSession(engine, graph, { threads }));
session.then(() => answer({ ready: true }), fail);

parentPort?.on("message", (leaves: HostArray[]) => {
  session
    .then((ready) => ready.run(leaves))
    .then((outputs) =>
      answer(
        { outputs },
        outputs.map(({ data }) => data.buffer as ArrayBuffer),
      ),
    )
    .catch(fail);
});
