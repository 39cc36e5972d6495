import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const { calls } = vi.hoisted(() => ({ calls: [] as [name: string, input: unknown][] }));

// A worker whose runs end only when they are stopped.
vi.mock("../app/start-worker.js", () => ({
  startWorker: () => ({
    close: () => undefined,
    call: (name: string, input: unknown, { signal }: { signal?: AbortSignal } = {}) => {
      calls.push([name, input]);
      if (name !== "train") return Promise.resolve();
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("stopped")));
      });
    },
  }),
}));
vi.mock("../site/index.js", () => ({ siteFolder: () => "/" }));

const { change, leave, pause, reset, resume, settings, start, state } = await import("./session.js");

const names = (): string[] => calls.map(([name, input]) => (name === "pause" ? `pause ${String(input)}` : name));

beforeEach(() => vi.useFakeTimers());
afterEach(async () => {
  await reset();
  calls.length = 0;
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

  it("goes on where it was paused", () => {
    start();
    pause();
    resume();
    expect(names()).toEqual(["pause false", "train", "pause true", "pause false"]);
  });
});
