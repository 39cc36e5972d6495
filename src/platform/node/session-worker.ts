import { parentPort, workerData } from "node:worker_threads";
import { type HostArray } from "../../array/index.js";
import { openSession } from "../session.js";
import { loadNative } from "./native.js";
import { type SessionAnswer, type SessionOrder, type SessionQuestion } from "./session-messages.js";

const answer = (message: SessionAnswer, handedOver: ArrayBuffer[] = []): void => {
  parentPort?.postMessage(message, handedOver);
};
const fail = (error: unknown): void => answer({ failure: error instanceof Error ? error.message : String(error) });

const { graph, threads } = workerData as SessionOrder;
const session = loadNative().then((engine) => openSession(engine, graph, { threads }));
session.then(() => answer({ ready: true }), fail);

parentPort?.on("message", (question: SessionQuestion) => {
  if (question === "end") {
    void Promise.allSettled([session.then((ready) => ready.dispose())]).then(() => parentPort?.close());
    return;
  }
  session
    .then((ready) => ready.run(question as HostArray[]))
    .then((outputs) =>
      answer(
        { outputs },
        outputs.map(({ data }) => data.buffer as ArrayBuffer),
      ),
    )
    .catch(fail);
});
