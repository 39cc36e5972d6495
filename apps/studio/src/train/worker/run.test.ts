import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { firstSettings } from "../settings.js";

/** The runs that were begun; each waits until it is released, and then makes one step. */
const { begun, ofSides } = vi.hoisted(() => ({
  begun: [] as { release(): void; stepped: boolean }[],
  /** The settings that the sides were trained with. */
  ofSides: [] as unknown[],
}));

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
vi.mock("../../checkerboard/worker/networks.js", () => ({
  boardFlowMap: () => ({}),
  boardAdapter: () => ({}),
  observed: {},
  points: () => ({}),
}));
vi.mock("../../engine/index.js", () => ({ startEngine: () => Promise.resolve() }));
vi.mock("./stages.js", () => ({
  flowMapStages: () => [{ steps: 2 }],
  sideStage: (_: string, settings: unknown) => (ofSides.push(settings), { steps: 2 }),
}));
vi.mock("./desk.js", () => ({
  emptyDesk: () => ({ prepare: () => Promise.resolve(), views: () => Promise.resolve({}), clear: () => undefined }),
  putBoth: () => undefined,
}));

const { choose, forget, gate, trainRequest } = await import("./run.js");

const request = { site: "/", settings: firstSettings, y: 0.5 };
/** The runs that were asked for. */
const asked: Promise<void>[] = [];
const ask = (settings = firstSettings) => {
  const controller = new AbortController();
  asked.push(trainRequest({ ...request, settings }, () => undefined, controller.signal).catch(() => undefined));
  return controller;
};

afterEach(async () => {
  begun.forEach(({ release }) => release());
  await Promise.all(asked.splice(0));
});
beforeEach(() => {
  begun.length = ofSides.length = 0;
  gate.open();
  forget();
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

  it("takes settings that were chosen while it waited for the run before it", async () => {
    const first = ask();
    await expect.poll(() => begun.length).toBe(1);
    first.abort();
    const settings = { ...firstSettings, width: 96 };
    const second = ask(settings);
    choose({ ...settings, alpha: 0.9 });
    begun[0].release();
    await expect.poll(() => begun.length).toBe(2);
    begun[1].release();
    await expect.poll(() => ofSides[0]).toEqual({ ...settings, alpha: 0.9 });
    second.abort();
  });
});
