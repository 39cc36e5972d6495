import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compile, toOnnx } from "../../compile/index.js";
import { hostArray, mul, type NDArray, take } from "../../array/index.js";
import { CompileError, VfmError } from "../../errors.js";
import { type EncodedGraph } from "../types.js";
import { openInThread } from "./session-thread.js";
import { type SessionOrder } from "./session-messages.js";
import type * as threads from "./start-worker.js";

const workers: Worker[] = [];
/** The worker that is given a model that the engine refuses. */
let refusing: number | undefined;
/** Whether a worker ends as soon as it is to run. */
let dying = false;
const dyingWorker = `
  const { parentPort } = require("node:worker_threads");
  parentPort.postMessage({ ready: true });
  parentPort.once("message", () => process.exit());
`;
const { startWorker } = await vi.importActual<typeof threads>("./start-worker.js");
vi.mock("./start-worker.js", () => ({
  startWorker: (module: URL, order: SessionOrder) => {
    const graph = workers.length === refusing ? { ...order.graph, model: new Uint8Array([1, 2, 3]) } : order.graph;
    const worker = dying ? new Worker(dyingWorker, { eval: true }) : startWorker(module, { ...order, graph });
    workers.push(worker);
    return worker;
  },
}));
afterEach(() => {
  workers.splice(0);
  refusing = undefined;
  dying = false;
});

/** Resolves when the thread has ended. */
const ended = (worker: Worker): Promise<void> =>
  new Promise((resolve) => {
    // An ended thread has no number any more.
    if (worker.threadId < 0) resolve();
    else worker.once("exit", () => resolve());
  });

/** y = 2 x of two numbers. */
async function doubling(): Promise<EncodedGraph> {
  const model = await toOnnx((x: NDArray) => mul(x, 2), [hostArray([1, 2], [2])], {
    inputNames: ["x"],
    outputNames: ["y"],
  });
  const tensor = { shape: [2], type: "float32" as const };
  return {
    model,
    outside: [],
    inputs: [{ ...tensor, name: "x", leaf: 0 }],
    outputs: [{ ...tensor, name: "y" }],
    constantBytes: 4,
  };
}

describe("a session in a thread", () => {
  it("fails, and does not wait, if its thread ends during a run or has ended", async () => {
    dying = true;
    const session = await openInThread(await doubling(), 1);
    for (const _ of ["during", "after"])
      await expect(session.run([hostArray([1, 2], [2])])).rejects.toThrow(
        /another thread failed: the thread has ended/,
      );
    await session.dispose();
    await session.dispose();
  });

  it("that is disposed of in a run ends after it; a later run fails", async () => {
    const session = await openInThread(await doubling(), 1);
    const x = hostArray([1, 2], [2]);
    const run = session.run([x]);
    await Promise.all([session.dispose(), session.dispose()]);
    expect([...(await run)[0].data]).toEqual([2, 4]);
    await ended(workers[0]);
    await expect(session.run([x])).rejects.toThrow(/the thread has ended/);
  });

  it("ends its thread if the engine refuses the graph", async () => {
    refusing = 0;
    await expect(openInThread(await doubling(), 1)).rejects.toThrow(CompileError);
    await ended(workers[0]);
  });

  it("that cannot be opened ends the others", async () => {
    refusing = 1;
    const compiling = compile((x: NDArray) => mul(x, 2), [hostArray([1, 2], [2])], { replicas: 3 });
    await expect(compiling).rejects.toThrow(CompileError);
    expect(workers.length).toBe(2);
    await Promise.all(workers.map(ended));
  });

  it("that fails in a run is not called a failure to compile", async () => {
    const indices = { shape: [1], type: "int32" } as const;
    const x = hostArray([1, 2], [2]);
    const compiled = await compile((v: NDArray, i: NDArray) => take(v, i), [x, indices], { replicas: 2 });
    const runs = [0, 1].map(() => compiled.run(x, { shape: [1], data: Int32Array.of(7) }));
    const failures = (await Promise.allSettled(runs)).map(
      (result) => (result as PromiseRejectedResult).reason as Error,
    );
    const inThread = failures.find(({ message }) => message.includes("another thread"));
    expect(inThread).toBeInstanceOf(VfmError);
    expect(inThread).not.toBeInstanceOf(CompileError);
    await compiled.dispose();
  });
});
