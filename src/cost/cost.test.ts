import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseTrainConfig } from "../train/configuration/index.js";
import { accelerators, assumedUtilisation, networkCosts, secondsAt, stepCost } from "./index.js";

const [width, depth, batchSize] = [16, 3, 12];
const stage = { kind: "flow-matching", steps: 1, batchSize, learningRate: 1e-3 };
const config = parseTrainConfig(
  {
    seed: 0,
    data: { kind: "checkerboard" },
    flowMap: { model: "mlp", shape: [2], width, depth },
    adapter: { model: "mlp", observationShape: [2], shape: [2], width: 8, depth: 1 },
    problems: [{ name: "first-coordinate", sigma: 0.1 }],
    stages: [stage, { ...stage, accumulate: 4 }],
  },
  "test",
);
// [x, t, r] -> width -> ... -> 2.
const first = 2 * 4 * width;
const forward = first + 2 * ((depth - 1) * width * width + width * 2);

describe("the cost of a configuration", () => {
  it("is that of its networks, by hand", async () => {
    const [map, adapter] = await networkCosts(config);
    expect(map.evaluation.flops).toBe(forward);
    expect(map.parameters).toBe(forward / 2 + depth * width + 2);
    expect(map.evaluation.inputBytes).toBe(4 * (map.parameters + 4));
    // A^T y -> 8 -> means and logarithms of the standard deviations.
    expect(adapter.name).toBe("adapter");
    expect(adapter.evaluation.flops).toBe(2 * (2 * 8 + 8 * 4));
  });

  it("is that of a conditional flow map, where it is alone", async () => {
    const conditional = { model: "residual-mlp", shape: [2], depth: 1, width, embedding: 4, problems: 1 };
    const conditionalStage = { ...stage, kind: "conditional-mean-flow", jumpShare: 0.5 };
    const alone = parseTrainConfig(
      { ...config, flowMap: undefined, adapter: undefined, conditional, stages: [conditionalStage] },
      "test",
    );
    const networks = await networkCosts(alone);
    expect(networks.map(({ name }) => name)).toEqual(["conditional flow map"]);
    // [x, A^T y] -> width, two layers of a block, -> 2; the modulations and the embeddings are added to this.
    const trunk = 2 * (4 * width + 2 * width * width + width * 2);
    expect(networks[0].evaluation.flops).toBeGreaterThan(trunk);
    const { flops } = await stepCost(alone, 0, networks);
    expect(flops).toBeGreaterThan(2 * batchSize * networks[0].evaluation.flops);
  });

  it("of a DMFT is that of its blocks' products, by hand", async () => {
    const [tokens, size, blocks, patchSize, labels] = [16, 16, 3, 2 * 2 * 4, 5];
    const flowMap = {
      model: "dmft",
      shape: [4, 8, 8],
      patch: 2,
      width: size,
      depth: blocks,
      heads: 2,
      classes: labels,
    };
    const [map] = await networkCosts({ ...config, flowMap, adapter: undefined });
    // Queries, keys and values; attention twice; its projection; an MLP four times as wide; six modulations for each
    // sample.
    const block = 2 * tokens * size * (3 * size + 2 * tokens + size + 8 * size) + 2 * size * 6 * size;
    const times = 2 * (2 * 256 * size + 2 * size * size);
    const label = 2 * (labels + 1) * size;
    const ends = 2 * (2 * tokens * patchSize * size) + 2 * size * 2 * size;
    expect(map.evaluation.flops).toBe(blocks * block + times + label + ends);
  });

  it("of an adapter from a file is that on images, where the samples are latents", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cost-"));
    const module = join(folder, "adapter.mjs");
    writeFileSync(
      module,
      `export default {
        shape: [4, 8, 8],
        initialise: () => ({ none: { shape: [1], data: new Float32Array(1) } }),
        apply: (parameters, aty) => ({ mean: aty, logSigma: aty }),
      };`,
    );
    const autoencoder = { model: "autoencoder-kl", imageShape: [3, 16, 16], channels: [4, 4], blocks: 1, groups: 2 };
    const networks = await networkCosts({ ...config, flowMap: undefined, adapter: { module }, autoencoder });
    rmSync(folder, { recursive: true });
    const adapter = networks.find(({ name }) => name === "adapter");
    // The parameter, A^T y and the class.
    expect(adapter?.evaluation.inputBytes).toBe(4 * (1 + 3 * 16 * 16 + 1));
  });

  it("of a step is forward, and backward by the parameters and all inputs but the first layer's", async () => {
    const networks = await networkCosts(config);
    const { flops, stateBytes } = await stepCost(config, 0, networks);
    expect(flops).toBe(batchSize * (3 * forward - first));
    const [map, adapter] = networks;
    expect(stateBytes).toBe(4 * (5 * map.parameters + adapter.parameters));
  });

  it("of an accumulated step is the same at less memory", async () => {
    const networks = await networkCosts(config);
    const [whole, parts] = [await stepCost(config, 0, networks), await stepCost(config, 1, networks)];
    expect(parts).toMatchObject({ batchSize, part: batchSize / 4, flops: whole.flops });
    expect(parts.gradient.peakBytes).toBeLessThan(whole.gradient.peakBytes);
  });

  it("in seconds is operations over the peak's used share", () => {
    for (const { float32 } of accelerators) expect(secondsAt(float32 * assumedUtilisation, float32)).toBeCloseTo(1, 12);
  });
});
