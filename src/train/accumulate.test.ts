import { describe, expect, it } from "vitest";
import { hostArray, type HostArray, mapHostTree, namedLeaves, type Tree } from "../array/index.js";
import { relativeError } from "../../test/support/compare.js";
import { compileAccumulatedStep, splitBatch } from "./accumulate.js";
import { bindNetworks, bindProblems } from "../checkpoint/index.js";
import { parseTrainConfig } from "./configuration/index.js";
import { type DataSource } from "./data-source.js";
import { adamW } from "./adamw.js";
import { mapValues } from "./object-entries.js";
import { startTraining, type TrainedState } from "./run-state.js";
import { type HostBatch } from "./step.js";
import { stageTask } from "./stage-task.js";
import { startingNetworks } from "./train.js";

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe("splitBatch", () => {
  const batch: HostBatch = {
    x: hostArray(range(24), [12, 2]),
    labels: hostArray(Int32Array.from(range(12)), [12]),
    drawn: { blur: { noise: hostArray(range(6), [6, 1]) } },
    tau: hostArray([0.5], []),
    shared: hostArray([1, 2, 3], [1, 3]),
  };
  const parts = splitBatch(batch, { size: 6, jumps: 2 }, 2);

  it("gives each part its share of every block's jumps, then of its rest", () => {
    expect([...(parts[0].labels as HostArray).data]).toEqual([0, 2, 3, 6, 8, 9]);
    expect([...(parts[1].labels as HostArray).data]).toEqual([1, 4, 5, 7, 10, 11]);
    expect([...(parts[1].x as HostArray).data]).toEqual([2, 3, 8, 9, 10, 11, 14, 15, 20, 21, 22, 23]);
  });

  it("cuts what is drawn for one block alike, and leaves the rest whole", () => {
    const noise = (part: HostBatch) => (part.drawn as { blur: { noise: HostArray } }).blur.noise;
    expect(noise(parts[0])).toEqual(hostArray([0, 2, 3], [3, 1]));
    expect(noise(parts[1])).toEqual(hostArray([1, 4, 5], [3, 1]));
    expect(parts[0].tau).toEqual(batch.tau);
    expect(parts[1].shared).toEqual(batch.shared);
  });
});

describe("gradient accumulation", () => {
  const shape = [1, 8, 8];
  const count = 40;
  const images = hostArray(
    range(count * 64).map((i) => Math.sin(i * 0.37)),
    [count, ...shape],
  );
  const data: DataSource = {
    sampleShape: shape,
    count,
    take: (indices) => ({
      shape: [indices.length, ...shape],
      data: Float32Array.from([...indices].flatMap((i) => [...images.data.subarray(i * 64, (i + 1) * 64)])),
    }),
    labels: Int32Array.from(range(count), (i) => i % 3),
  };
  const common = { steps: 1, batchSize: 16, labelDropout: 0.3, guidance: { omega: 0.5, interval: [0.2, 0.9] } };
  const stages = {
    "mean-flow": { kind: "mean-flow", ...common, learningRate: 1e-3, jumpShare: 0.5, adaptiveWeight: {} },
    joint: {
      kind: "joint",
      ...common,
      learningRate: { flowMap: 1e-3, adapter: 1e-3 },
      jumpShare: 0.5,
      reduction: "mean",
      totalAdaptiveWeight: {},
      observationFlowMap: "average",
    },
    scored: {
      kind: "joint",
      ...common,
      learningRate: { flowMap: 1e-3, adapter: 1e-3 },
      guidance: undefined,
      jumpShare: 0.5,
      observationFlowMap: "average",
      score: { draws: 3, pixelWeight: 20, energyWeight: 5 },
    },
  };
  const configure = (stage: object) =>
    parseTrainConfig(
      {
        seed: 2,
        data: { kind: "mnist" },
        flowMap: { model: "dmft", shape, patch: 4, width: 8, depth: 2, heads: 2, classes: 3 },
        adapter: { model: "mlp", observationShape: shape, shape, problems: 6, depth: 1, width: 8 },
        problems: [
          { name: "inpaint-random", sigma: 0.1 },
          { name: "super-resolution", sigma: 0.1 },
        ],
        stages: [stage],
      },
      "test",
    );
  const nudge = (tree: Tree<HostArray>): Tree<HostArray> =>
    // The initial parameters of a DMFT give 0 everywhere; others test more.
    mapHostTree(tree, (array) =>
      hostArray(
        array.data.map((value, i) => value + 0.1 * Math.cos(i)),
        array.shape,
      ),
    );

  const stepOf = async (stage: object, accumulate: number) => {
    const config = configure({ ...stage, accumulate });
    const [checked] = config.stages;
    const problems = await bindProblems(config.problems, data.sampleShape);
    const run = { ...(await bindNetworks(config)), problems, data, seed: config.seed };
    const task = stageTask(checked, 0, run);
    const networks = mapValues(startingNetworks(run), (tree) => startTraining(nudge(tree)));
    const { flowMap, adapter } = networks;
    const trained: Record<string, TrainedState> = "adapter" in task.learningRates ? { flowMap, adapter } : { flowMap };
    const scalars = mapValues(trained, () => ({ ...adamW.scalars(checked, 1e-3, 1), averageDecay: 0.9 }));
    const batch = await task.draw(0, 0);
    const update = { ...checked, blocks: task.blocks };
    const step = await compileAccumulatedStep(task.loss, update, { trained, frozen: {}, batch }, {});
    const result = await step.run(trained, {}, batch, scalars);
    await step.dispose();
    return result;
  };

  it.each(["mean-flow", "joint", "scored"] as const)("of %s takes the step of the whole batch", async (kind) => {
    const [whole, parts] = [await stepOf(stages[kind], 1), await stepOf(stages[kind], 4)];
    const gradients = ({ state }: typeof whole) => namedLeaves(mapValues(state, ({ first }) => first));
    const [expected, actual] = [gradients(whole), gradients(parts)];
    const scale = Math.max(...expected.flatMap(({ array }) => [...array.data].map(Math.abs)));
    expect(scale).toBeGreaterThan(0);
    actual.forEach(({ array, name }, i) =>
      array.data.forEach((value, k) =>
        expect(Math.abs(value - expected[i].array.data[k]) / scale, name).toBeLessThan(1e-5),
      ),
    );
    expect(Object.keys(parts.measures)).toEqual(Object.keys(whole.measures));
    for (const [name, value] of Object.entries(whole.measures))
      expect(relativeError(parts.measures[name], value), name).toBeLessThan(1e-4);
  });

  it.each<[string, object, RegExp]>([
    ["parts that are not equal", { ...stages["mean-flow"], accumulate: 5 }, /equal parts/],
    ["jumps that cannot be shared", { ...stages["mean-flow"], jumpShare: 0.125, accumulate: 4 }, /2 of them jumps/],
    [
      "a weight of the whole batch",
      { ...stages.joint, accumulate: 2, adaptiveWeight: { per: "batch" } },
      /per "batch"/,
    ],
    [
      "a score of the whole batch",
      { ...stages.scored, accumulate: 2, score: { priorWeight: 1 } },
      /set score\.priorWeight to 0/,
    ],
    ["an empty interval", { ...stages.joint, guidance: { omega: 1, interval: [0.9, 0.1] } }, /is empty/],
    ["a teacher that is not there", { ...stages.joint, guidance: { omega: 1, by: "teacher" } }, /there is no teacher/],
  ])("refuses %s", (_name, stage, reason) => expect(() => configure(stage)).toThrow(reason));
});
