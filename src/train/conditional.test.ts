import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, namedLeaves } from "../array/index.js";
import { conditionalFlow, samplerEngine } from "../baselines/index.js";
import { parseTrainConfig } from "./config.js";
import { loadModel } from "./load-model.js";
import { readLog } from "./log.js";
import { firstCoordinate } from "./problems.js";
import { train } from "./train.js";

const flowMap = { model: "mlp", shape: [2], width: 4, depth: 1 };
const conditional = { model: "residual-mlp", shape: [2], width: 64, depth: 2, embedding: 16, problems: 1 };
const settings = {
  seed: 3,
  data: { kind: "checkerboard", points: 2000 },
  flowMap,
  conditional,
  problems: [{ name: firstCoordinate.name, sigma: 0.1 }],
  stages: [{ kind: "conditional-flow-matching", steps: 300, batchSize: 256, learningRate: 3e-3, averageDecay: 0.98 }],
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-conditional-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("conditional flow matching", () => {
  it("trains a velocity that sees the observation: its samples follow y, and the other networks stay", async () => {
    const config = parseTrainConfig(settings, "test");
    await train(config, { runDirectory: join(folder, "run"), threads: 1 });
    const log = await readLog(join(folder, "run", "log.jsonl"));
    expect(log[log.length - 1].measures.loss).toBeLessThan(0.8 * log[0].measures.loss);

    const { conditional: model, problems } = await loadModel(join(folder, "run", "checkpoint"));
    if (model === undefined) throw new Error("the checkpoint has no conditional flow");
    expect(namedLeaves(model.parameters).length).toBeGreaterThan(4);
    const engine = samplerEngine();
    const observed = {
      problem: problems[0],
      observation: hostArray([-1.5, 1.5], [2, 1]),
      transposed: hostArray([-1.5, 0, 1.5, 0], [2, 2]),
      parameters: {},
    };
    const drawn = await conditionalFlow(model, { steps: 20 }, engine).sample(observed, { samples: 100, seed: 1 });
    await engine.dispose();
    const first = (i: number): number => {
      let sum = 0;
      for (let j = 0; j < 100; j++) sum += drawn.data[2 * (100 * i + j)] / 100;
      return sum;
    };
    // Which y says that x_1 is; the prior's mean is 0.
    expect(Math.abs(first(0) + 1.5)).toBeLessThan(0.4);
    expect(Math.abs(first(1) - 1.5)).toBeLessThan(0.4);
  });

  it("needs the network, and a network that knows the problems and has the data's shape", async () => {
    const parse = (changes: object) => parseTrainConfig({ ...settings, ...changes }, "test");
    expect(() => parse({ conditional: undefined })).toThrow(/stages.0: .* needs "conditional"/);
    expect(() => parse({ problems: [] })).toThrow(/needs problems/);
    const misfit = parse({ conditional: { ...conditional, shape: [3] } });
    await expect(train(misfit, { runDirectory: join(folder, "misfit") })).rejects.toThrow(/conditional.shape is \[3\]/);
  });
});
