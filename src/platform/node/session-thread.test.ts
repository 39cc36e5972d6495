import { type Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compile, toOnnx } from "../../compile/index.js";
import { hostArray, mul, type NDArray, take } from "../../array/index.js";
import { CompileError, VfmError } from "../../errors.js";
import { type EncodedGraph } from "../types.js";
import { openInThread } from "./session-thread.js";
import { type SessionOrder } from "./session-worker.js";
import type * as threads from "./start-worker.js";

const workers: Worker[] = [];
/** The worker that is given a model that the engine refuses. */
let refusing: number | undefined;
const { startWorker } = await vi.importActual<typeof threads>("./start-worker.js");
vi.mock("./start-worker.js", () => ({
  startWorker: (module: URL, order: SessionOrder) => {
    const graph = workers.length === refusing ? { ...order.graph, model: new Uint8Array([1, 2, 3]) } : order.graph;
    const worker = startWorker(module, { ...order, graph });
    workers.push(worker);
    return worker;
  },
}));
afterEach(() => {
  workers.splice(0);
  refusing = undefined;
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
  it("fails, and does not wait, after the thread has ended or while it ends", async () => {
    for (const end of ["before", "during"]) {
      const session = await openInThread(await doubling(), 1);
      const x = hostArray([1, 2], [2]);
      expect([...(await session.run([x]))[0].data]).toEqual([2, 4]);
      const worker = workers[workers.length - 1];
      if (end === "before") await worker.terminate();
      const run = session.run([x]);
      const failure = expect(run).rejects.toThrow(/another thread failed: the thread has ended/);
      if (end === "during") await worker.terminate();
      await failure;
      await session.dispose();
      await session.dispose();
    }
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
