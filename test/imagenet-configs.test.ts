import { describe, expect, it } from "vitest";
import { shapesOnly, sizeOf, namedLeaves } from "../src/array/index.js";
import { adapterModel, autoencoderModel, flowMapModel } from "../src/models/index.js";
import { readTrainConfig } from "../src/train/configuration/index.js";

const path = (size: string): string => new URL(`../experiments/imagenet/dmft-${size}.json`, import.meta.url).pathname;

/** Multiplicands of a transformer of this width and depth, by its published form: blocks, embedders, labels, final layer. */
const transformerSize = (depth: number, width: number): number => {
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs;
  const block = linear(width, 3 * width) + linear(width, width) + 2 * linear(width, 4 * width) - 4 * width + width;
  const modulation = linear(width, 6 * width);
  const embedders = linear(16, width) + linear(256, width) + linear(width, width) + 1001 * width;
  return depth * (block + modulation) + embedders + linear(width, 16) + linear(width, 2 * width);
};

describe("the published sizes on ImageNet", () => {
  it.each([
    { size: "s", depth: 12, width: 384, heads: 6 },
    { size: "b", depth: 12, width: 768, heads: 12 },
    { size: "l", depth: 24, width: 1024, heads: 16 },
    { size: "xl", depth: 28, width: 1152, heads: 16 },
  ])("$size has every published setting", async ({ size, depth, width, heads }) => {
    const config = await readTrainConfig(path(size));
    expect(config.flowMap).toMatchObject({ shape: [4, 32, 32], patch: 2, depth, width, heads, classes: 1000 });
    expect(config.problems).toHaveLength(6);
    expect(new Set(config.problems.map(({ sigma }) => sigma))).toEqual(new Set([0.05]));
    const [stage] = config.stages;
    expect(stage).toMatchObject({
      learningRate: { flowMap: 1e-4, adapter: 1e-4 },
      betas: [0.9, 0.95],
      clip: 1,
      averageDecay: 0.9999,
      labelDropout: 0.1,
      guidance: { omega: 0.5 },
      alpha: 0.8,
      timeLaw: { mean: 0, deviation: 1 },
      jumpLaw: { means: [0.4, -1.2], deviation: 1 },
      totalAdaptiveWeight: { power: 1, offset: 0.01, per: "sample" },
      observationSpace: "transposed",
      reduction: "mean",
    });
    // L_MF / (2 tau^2) has weight 1.
    if (stage.kind === "joint") expect(1 / (2 * stage.tau.start ** 2)).toBeCloseTo(1, 12);

    const flowMap = flowMapModel(config.flowMap).initialise(shapesOnly);
    const count = namedLeaves(flowMap).reduce((sum, { array }) => sum + sizeOf(array.shape), 0);
    expect(count).toBe(transformerSize(depth, width));
    const autoencoder = autoencoderModel(config.autoencoder);
    const adapter = adapterModel(config.adapter);
    expect(autoencoder.latentShape).toEqual([4, 32, 32]);
    expect(adapter.config.shape).toEqual(autoencoder.latentShape);
  });
});
