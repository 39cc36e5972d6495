import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** A call of a worker that waits for its answer. */
interface Call {
  readonly worker: number;
  readonly name: string;
  readonly input: { readonly model: string; readonly problem?: string };
  report(progress: unknown): void;
  resolve(output?: unknown): void;
  reject(error: Error): void;
}

const { calls, said, workers } = vi.hoisted(() => ({
  calls: [] as Call[],
  said: [] as string[],
  workers: { started: 0 },
}));

vi.mock("../app/start-worker.js", () => ({
  startWorker: () => {
    const worker = ++workers.started;
    return {
      close: () => undefined,
      call: (
        name: string,
        input: Call["input"],
        {
          onProgress = () => undefined,
          signal,
        }: { onProgress?: (progress: unknown) => void; signal?: AbortSignal } = {},
      ) =>
        new Promise((resolve, reject) => {
          said.push(name);
          signal?.addEventListener("abort", () => said.push(`cancel ${name}`));
          calls.push({ worker, name, input, report: onProgress, resolve, reject });
        }),
    };
  },
}));
vi.mock("../site/index.js", () => ({
  siteFolder: () => "/",
  loadManifest: () => Promise.resolve({ models: [{ name: "mnist" }, { name: "cifar10" }] }),
}));

const { followView, loadFailure, loading, opened, resultOfProblem, sampling, shown, tryAgain } =
  await import("./session.js");
const { startGuided } = await import("./guided-run.js");
const { guidedRun } = await import("./guided-state.js");
const { change, firstView, view } = await import("./view.js");

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const called = (name: string): Call[] => calls.filter((call) => call.name === name);
const last = (name: string): Call => called(name)[called(name).length - 1];

const model = (name: string) => ({
  name,
  shape: [1, 2, 2],
  problems: [
    { name: "inpaint-box", sigma: 0.1, temperature: 1, parameters: { mask: [1, 2, 2] } },
    { name: "denoise", sigma: 0.1, temperature: 1, parameters: {} },
  ],
  images: new Float32Array(8),
  engine: { name: "wasm", device: "cpu", threads: 1 },
});

/** Answers the last request for samples. */
async function answer(): Promise<void> {
  last("sample").report({ y: {}, samples: {} });
  last("sample").resolve();
  await settle();
}

let leave: () => void;
beforeEach(async () => {
  vi.stubGlobal("requestAnimationFrame", () => 0);
  view.value = firstView;
  leave = followView();
  await settle();
  last("open").resolve(model("mnist"));
  await settle();
  await answer();
  calls.length = said.length = 0;
});
afterEach(async () => {
  leave();
  for (const { resolve } of calls) resolve(model("mnist"));
  await settle();
  opened.value = undefined;
});

describe("a model that cannot be loaded", () => {
  it("is not replaced by samples of the one before it", async () => {
    change({ model: "cifar10" });
    await settle();
    last("open").reject(new Error("the network is down"));
    await settle();
    change({ seed: 2 });
    await settle();
    expect(called("sample")).toEqual([]);
    expect(loadFailure.value).toBe("the network is down");
    tryAgain();
    expect([loadFailure.value, loading.value]).toEqual([undefined, { loaded: 0, total: 1 }]);
    await settle();
    last("open").resolve(model("cifar10"));
    await settle();
    expect(last("sample").input.model).toBe("cifar10");
  });

  it("is asked of a new worker if the old one has none", async () => {
    const before = workers.started;
    change({ engine: "wasm" });
    await settle();
    last("open").reject(new Error("no engine"));
    await settle();
    tryAgain();
    await settle();
    // One for the other engine, one after its failure.
    expect(called("open").map(({ worker }) => worker - before)).toEqual([1, 2]);
  });
});

describe("a model that is chosen and left while it loads", () => {
  it("is neither shown nor sampled", async () => {
    const [seen] = [shown.value];
    change({ model: "cifar10" });
    await settle();
    change({ model: "mnist" });
    last("open").resolve(model("cifar10"));
    await settle();
    expect(opened.value?.name).toBe("mnist");
    expect(loading.value).toBeDefined();
    last("open").resolve(model("mnist"));
    await settle();
    expect(called("sample").map(({ input }) => input.model)).not.toContain("cifar10");
    expect([shown.value, loading.value]).toEqual([seen, undefined]);
  });
});

describe("the observation", () => {
  it("is not that of the problem before", async () => {
    expect(resultOfProblem.value).toBeDefined();
    change({ problem: "denoise" });
    expect(resultOfProblem.value).toBeUndefined();
    await answer();
    expect(resultOfProblem.value).toBe(shown.value?.result);
  });

  it("ends a guided run before its samples are asked for", () => {
    void startGuided("dps");
    expect(guidedRun.value).toEqual({ method: "dps" });
    change({ seed: 5 });
    expect(said).toEqual(["guide", "cancel guide", "sample"]);
    expect(guidedRun.value).toBeUndefined();
    expect(sampling.value).toBe(true);
  });
});
