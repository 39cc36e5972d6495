import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCheckpoint } from "../checkpoint/index.js";
import { onRanks } from "../../test/support/ranks-in-memory.js";
import { parseTrainConfig, resolve } from "./configuration/index.js";
import { readLog } from "./log.js";
import { train, type TrainOptions } from "./train.js";

const stage = { batchSize: 24, accumulate: 6 };
const config = {
  seed: 4,
  data: { kind: "checkerboard", points: 200 },
  flowMap: { model: "mlp", shape: [2], width: 8, depth: 2 },
  adapter: { model: "mlp", observationShape: [2], shape: [2], width: 8, depth: 1 },
  problems: [{ name: "first-coordinate", sigma: 0.1 }],
  logEvery: 2,
  stages: [
    { kind: "flow-matching", ...stage, steps: 5 },
    { kind: "distillation", batchSize: 24, accumulate: 4, steps: 3, trajectories: 30, nodes: 4 },
    { kind: "joint", ...stage, steps: 4, jumpShare: 0.25, startFrom: { stage: 0 } },
  ],
};
const runOf = async (changes: object = {}) => resolve(parseTrainConfig({ ...config, ...changes }, "test"));

let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "vfm-ranks-"))));
afterAll(() => rm(folder, { recursive: true }));

const filesOf = async (run: string) => ({
  parameters: (await loadCheckpoint(join(at(run), "checkpoint"))).model.parameters,
  log: (await readLog(join(at(run), "log.jsonl"))).map(({ seconds: _, ...line }) => line),
});
const trainOn = async (ranks: number, name: string, options: TrainOptions = {}, changes: object = {}) => {
  const run = await runOf(changes);
  return onRanks(ranks, (communicator) => train(run, { out: at(name), ...options, communicator }));
};

describe("training on several ranks", () => {
  it.each([2, 3])("of %i gives the bits of one process, on every rank", async (ranks) => {
    const one = await train(await runOf(), { out: at(`one-${ranks}`) });
    const several = await trainOn(ranks, `several-${ranks}`);
    for (const { networks, complete } of several)
      expect({ networks, complete }).toEqual({ networks: one.networks, complete: true });
    expect(await filesOf(`several-${ranks}`)).toEqual(await filesOf(`one-${ranks}`));
  });

  it("stops on every rank when one is told to, and continues with another number of ranks to the same bits", async () => {
    const controller = new AbortController();
    const run = await runOf({ logEvery: 1 });
    const stopped = await onRanks(2, (communicator) =>
      train(run, {
        out: at("stopped"),
        communicator,
        onProgress: ({ step }) => step === 3 && controller.abort(),
        ...(communicator.rank === 0 && { signal: controller.signal }),
      }),
    );
    expect(stopped.map(({ complete }) => complete)).toEqual([false, false]);
    await trainOn(4, "stopped", { resume: true }, { logEvery: 1 });
    await trainOn(1, "whole", {}, { logEvery: 1 });
    expect(await filesOf("stopped")).toEqual(await filesOf("whole"));
  });

  it("refuses more ranks than parts, on every rank", async () => {
    await expect(trainOn(5, "refused")).rejects.toThrow(/stages\.1\.accumulate is 4, but there are 5 ranks/);
    await expect(readFile(at("refused/config.json"))).rejects.toThrow(/ENOENT/);
  });

  it("says on every rank that rank 0 cannot use the folder", async () => {
    const run = await runOf();
    const options = { out: at("none"), resume: true };
    const errors = await onRanks(2, (communicator) =>
      train(run, { ...options, communicator }).catch((error: unknown) => (error as Error).message),
    );
    for (const message of errors) expect(message).toMatch(/holds no run to resume/);
  });
});
