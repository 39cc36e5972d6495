import { beforeEach, describe, expect, it, vi } from "vitest";
import { firstSettings } from "../settings.js";

/** The runs that were begun; each waits until it is released, and then makes one step. */
const { begun } = vi.hoisted(() => ({ begun: [] as { release(): void; stepped: boolean }[] }));

vi.mock("variational-flow-maps/array", () => ({ mapHostTree: (tree: unknown) => tree }));
vi.mock("variational-flow-maps/train", () => ({
  train: async (_: unknown, { onProgress }: { onProgress(progress: object): Promise<void> }) => {
    const run = { release: (): void => undefined, stepped: false };
    const released = new Promise<void>((resolve) => (run.release = resolve));
    begun.push(run);
    await released;
    await onProgress({ stage: 0, step: 1, measures: { loss: 1 }, networks: {} });
    run.stepped = true;
    return { networks: {} };
  },
}));
vi.mock("../../checkerboard/worker/networks.js", () => ({ boardFlowMap: () => ({}), points: () => ({}) }));
vi.mock("../../engine/index.js", () => ({ startEngine: () => Promise.resolve() }));
vi.mock("./stages.js", () => ({ flowMapStages: () => [{ steps: 2 }] }));
vi.mock("./desk.js", () => ({
  emptyDesk: () => ({ prepare: () => Promise.resolve(), views: () => Promise.resolve({}), clear: () => undefined }),
  putBoth: () => undefined,
}));

const { gate, trainRequest } = await import("./run.js");

const request = { site: "/", settings: firstSettings, y: 0.5 };
const ask = () => {
  const controller = new AbortController();
  trainRequest(request, () => undefined, controller.signal).catch(() => undefined);
  return controller;
};

beforeEach(() => {
  begun.length = 0;
  gate.open();
});

describe("a run of the worker", () => {
  it("keeps a pause that arrives while the run before it ends", async () => {
    const first = ask();
    await expect.poll(() => begun.length).toBe(1);
    first.abort();
    const second = ask();
    gate.close();
    begun[0].release();
    await expect.poll(() => begun.length).toBe(2);
    begun[1].release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(begun.map(({ stepped }) => stepped)).toEqual([true, false]);
    gate.open();
    await expect.poll(() => begun[1].stepped).toBe(true);
    second.abort();
  });
});
