import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, namedLeaves } from "../array/index.js";
import { conditionalFlow, conditionalFlowMap, type PosteriorSampler, samplerEngine } from "../baselines/index.js";
import { readCheckpoint } from "../checkpoint/index.js";
import { parseTrainConfig } from "./configuration/index.js";
import { loadConditional, loadCheckpoint } from "../checkpoint/index.js";
import { readLog } from "./log.js";
import { firstCoordinate } from "../operators/index.js";
import { trainFrom } from "../../test/support/train-from.js";

const conditional = { model: "residual-mlp", shape: [2], width: 64, depth: 2, embedding: 16, problems: 1 };
const stage = { steps: 300, batchSize: 256, learningRate: 3e-3, averageDecay: 0.98 };
const settings = {
  seed: 3,
  data: { kind: "checkerboard", points: 2000 },
  conditional,
  problems: [{ name: firstCoordinate.name, sigma: 0.1 }],
  stages: [{ kind: "conditional-flow-matching", ...stage }],
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-conditional-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains with these stages, and returns the folder of the checkpoint and the first and last loss. */
async function trained(name: string, stages: object[]): Promise<{ checkpoint: string; losses: [number, number] }> {
  const runDirectory = join(folder, name);
  const { checkpoint = "" } = await trainFrom(parseTrainConfig({ ...settings, stages }, "test"), {
    out: runDirectory,
    threads: 1,
  });
  const log = await readLog(join(runDirectory, "log.jsonl"));
  return { checkpoint, losses: [log[0].measures.loss, log[log.length - 1].measures.loss] };
}

/** Moments of each coordinate of 400 samples given y = -1.5 and y = 1.5. */
async function momentsOf(sampler: PosteriorSampler, checkpoint: string) {
  const { problems } = await loadConditional(checkpoint);
  const observed = {
    problem: problems[0],
    y: hostArray([-1.5, 1.5], [2, 1]),
    transposed: hostArray([-1.5, 0, 1.5, 0], [2, 2]),
    parameters: {},
  };
  const count = 400;
  const { data } = await sampler.sample(observed, { samples: count, seed: 1 });
  return [0, 1].map((i) =>
    [0, 1].map((axis) => {
      const values = Array.from({ length: count }, (_, j) => data[2 * (count * i + j) + axis]);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count) };
    }),
  );
}

// y tells that x_1 is near it (the prior's mean is 0), and little about x_2, which is spread over the board.
function expectPosterior(moments: { mean: number; deviation: number }[][]): void {
  const [low, high] = moments;
  expect(Math.abs(low[0].mean + 1.5)).toBeLessThan(0.4);
  expect(Math.abs(high[0].mean - 1.5)).toBeLessThan(0.4);
  for (const [first, second] of moments) {
    expect(first.deviation).toBeLessThan(0.5);
    expect(second.deviation).toBeGreaterThan(0.6);
  }
}

describe("a conditional flow map", () => {
  it("learns by flow matching: its samples follow y", async () => {
    const { checkpoint, losses } = await trained("flow-matching", settings.stages);
    expect(losses[1]).toBeLessThan(0.8 * losses[0]);
    const { conditional: model } = await loadConditional(checkpoint);
    expect(namedLeaves(model.parameters).length).toBeGreaterThan(4);
    const engine = samplerEngine();
    expectPosterior(await momentsOf(conditionalFlow(model, { steps: 20 }, engine), checkpoint));
    await engine.dispose();
  });

  it.each(["derivative", "composition"])(
    "learns jumps by MeanFlow (%s): one evaluation a sample",
    async (jumpTarget) => {
      const jumps = { jumpShare: 0.5, wholeJumpShare: 0.5, jumpTarget };
      const { checkpoint } = await trained(`mean-flow-${jumpTarget}`, [
        ...settings.stages,
        { kind: "conditional-mean-flow", ...stage, ...jumps },
      ]);
      const { conditional: model } = await loadConditional(checkpoint);
      const engine = samplerEngine();
      const sampler = conditionalFlowMap("conditional-mean-flow", model, { steps: 1 }, engine);
      expect(sampler.evaluations).toBe(1);
      expectPosterior(await momentsOf(sampler, checkpoint));
      await engine.dispose();
    },
  );

  it.each([0, 1])("learns by MeanFlow also where a share of %d of the batch jumps", async (jumpShare) => {
    const { losses } = await trained(`share-${jumpShare}`, [
      { kind: "conditional-mean-flow", ...stage, steps: 60, jumpShare },
    ]);
    expect(losses[1]).toBeLessThan(losses[0]);
  });

  it("learns by the score alone to generate in one evaluation", async () => {
    const { checkpoint, losses } = await trained("score", [{ kind: "conditional-score", ...stage, draws: 3 }]);
    expect(losses[1]).toBeLessThan(0.95 * losses[0]);
    const { conditional: model } = await loadConditional(checkpoint);
    const engine = samplerEngine();
    expectPosterior(await momentsOf(conditionalFlowMap("conditional-score", model, { steps: 1 }, engine), checkpoint));
    await engine.dispose();
  });

  it("has a checkpoint of its own, without a flow map", async () => {
    const { checkpoint } = await trained("alone", [
      { kind: "conditional-mean-flow", ...stage, steps: 2, accumulate: 2 },
    ]);
    const { networks, metadata } = await readCheckpoint(checkpoint);
    expect(Object.keys(networks)).toEqual(["conditional"]);
    expect(Object.keys(metadata.parameterCounts)).toEqual(["conditional"]);
    await expect(loadCheckpoint(checkpoint)).rejects.toThrow(/no flow map, only a conditional flow map/);
  });

  it("needs the network, and a network that knows the problems and has the data's shape", async () => {
    const parse = (changes: object) => parseTrainConfig({ ...settings, ...changes }, "test");
    expect(() => parse({ conditional: undefined })).toThrow(/it has no "flowMap"|needs "conditional"/);
    expect(() => parse({ problems: [] })).toThrow(/needs problems/);
    const flow = { kind: "flow-matching", steps: 1, batchSize: 2, learningRate: 1e-3 };
    expect(() => parse({ stages: [flow] })).toThrow(/stages.0: .* needs "flowMap"/);
    const unscored = { kind: "conditional-score", ...stage, pixelWeight: 0, energyWeight: 0 };
    expect(() => parse({ stages: [unscored] })).toThrow(/stages.0.pixelWeight/);
    const autoencoder = { model: "autoencoder-kl" };
    expect(() => parse({ autoencoder })).toThrow(/stages\.0: .* works on images, not on an autoencoder's latents/);
    const misfit = parse({ conditional: { ...conditional, shape: [3] } });
    await expect(trainFrom(misfit, { out: join(folder, "misfit") })).rejects.toThrow(/conditional.shape is \[3\]/);
    const flowMap = { model: "mlp", shape: [2], width: 4, depth: 1 };
    await trainFrom(parse({ flowMap, conditional: undefined, stages: [flow], problems: [] }), {
      out: join(folder, "flow"),
    });
    await expect(loadConditional(join(folder, "flow", "checkpoint"))).rejects.toThrow(/has no conditional flow map/);
  });
});
