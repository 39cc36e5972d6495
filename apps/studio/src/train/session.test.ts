import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type TrainReport } from "./worker/services.js";

/** A run that was asked of the worker. */
interface Run {
  report(report: TrainReport): void;
  finish(): void;
  fail(error: Error): void;
}

const { calls, runs, workers } = vi.hoisted(() => ({
  calls: [] as [name: string, input: unknown][],
  runs: [] as Run[],
  workers: { started: 0 },
}));

// A worker whose runs end only when they are stopped, or when the test says so.
vi.mock("../app/start-worker.js", () => ({
  startWorker: () => {
    workers.started++;
    return {
      close: () => undefined,
      call: (
        name: string,
        input: unknown,
        { signal, onProgress }: { signal?: AbortSignal; onProgress?: Run["report"] } = {},
      ) => {
        calls.push([name, input]);
        if (name !== "train") return Promise.resolve();
        return new Promise<void>((resolve, reject) => {
          signal?.addEventListener("abort", () => reject(new Error("stopped")));
          runs.push({ report: (report) => onProgress?.(report), finish: resolve, fail: reject });
        });
      },
    };
  },
}));
vi.mock("../site/index.js", () => ({ siteFolder: () => "/" }));

const { change, failure, leave, losses, pause, reset, resume, seconds, settings, start, state } =
  await import("./session.js");
const { firstSettings } = await import("./settings.js");

const names = (): string[] => calls.map(([name, input]) => (name === "pause" ? `pause ${String(input)}` : name));

beforeEach(() => vi.useFakeTimers());
afterEach(async () => {
  await reset();
  calls.length = runs.length = 0;
  settings.value = firstSettings;
  vi.useRealTimers();
});

describe("a run of the training page", () => {
  it.each([
    ["paused", pause],
    ["left", leave],
  ])("does not begin where the page is %s before a change has taken effect", (_, end) => {
    start();
    change({ width: settings.value.width * 2 });
    vi.advanceTimersByTime(200);
    end();
    vi.advanceTimersByTime(10_000);
    expect(state.value).toBe("paused");
    expect(names()).toEqual(["pause false", "train", "pause true"]);
    resume();
    expect(state.value).toBe("running");
    expect(names().slice(3)).toEqual(["pause false", "train"]);
    expect(calls[4][1]).toMatchObject({ settings: settings.value });
  });

  it("continues where it was paused", () => {
    start();
    pause();
    resume();
    expect(names()).toEqual(["pause false", "train", "pause true", "pause false"]);
  });
});

/** Starts a run, which takes five seconds for a step of the flow map and two for one of both adapters. */
async function trainOnce(): Promise<void> {
  start();
  const [{ report, finish }] = runs;
  report({ part: { name: "flow-matching", compiling: true } });
  await vi.advanceTimersByTimeAsync(5000);
  report({ losses: [{ network: "flowMap", step: 0, flow: 3 }] });
  report({ part: { name: "adapters", compiling: true } });
  await vi.advanceTimersByTimeAsync(2000);
  report({ losses: [{ network: "joint", step: 0, flow: 2, adapter: 9 }] });
  finish();
  await vi.advanceTimersByTimeAsync(0);
  expect([state.value, seconds.value]).toEqual(["finished", 7]);
}

describe("the seconds of a run", () => {
  it("are those of all its steps, where the flow map is kept too", async () => {
    await trainOnce();
    change({ alpha: 0.1 });
    await vi.advanceTimersByTimeAsync(400);
    runs[1].report({ part: { name: "adapters", compiling: true } });
    await vi.advanceTimersByTimeAsync(1000);
    runs[1].report({ losses: [{ network: "joint", step: 0, flow: 2, adapter: 8 }] });
    expect(seconds.value).toBe(6);
    expect(losses.value).toMatchObject({ flow: { alone: [3], joint: [2] }, adapter: { joint: [8] } });
  });

  it("are counted until a pause, with nothing reported", () => {
    start();
    vi.advanceTimersByTime(3000);
    pause();
    vi.advanceTimersByTime(9000);
    resume();
    vi.advanceTimersByTime(1000);
    pause();
    expect(seconds.value).toBe(4);
  });
});

describe("the losses of a run", () => {
  it("stay with the flow map that the worker keeps, through a change that is taken back", async () => {
    await trainOnce();
    change({ width: 96 });
    change({ width: firstSettings.width });
    expect(losses.value.flow).toEqual({ alone: [3], joint: [] });
    expect(seconds.value).toBe(5);
  });

  it("go with a flow map that the worker drops", async () => {
    await trainOnce();
    change({ width: 96 });
    await vi.advanceTimersByTimeAsync(400);
    change({ width: firstSettings.width });
    await vi.advanceTimersByTimeAsync(400);
    runs[2].report({ part: { name: "flow-matching", compiling: true } });
    expect(losses.value.flow.alone).toEqual([]);
    expect(seconds.value).toBe(0);
  });
});

describe("a run that fails", () => {
  it("is tried again in a new worker", async () => {
    start();
    const before = workers.started;
    runs[0].fail(new Error("the engine could not be loaded"));
    await vi.advanceTimersByTimeAsync(0);
    expect([state.value, failure.value]).toEqual(["idle", "the engine could not be loaded"]);
    start();
    expect(workers.started).toBe(before + 1);
    expect(failure.value).toBeUndefined();
  });
});
