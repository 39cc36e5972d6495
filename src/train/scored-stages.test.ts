import { describe, expect, it } from "vitest";
import { type HostArray, hostFull, namedLeaves } from "../array/index.js";
import { frozenStage, parseTrainConfig, resolve } from "./configuration/index.js";
import { stageTask } from "./stage-task.js";
import { type StageOf } from "./stages/index.js";
import { train } from "./train.js";

const score = { draws: 3, pixelWeight: 2, energyWeight: 0.5, priorWeight: 0.1 };
const joint = { kind: "joint", steps: 10, batchSize: 12, learningRate: { flowMap: 1e-4, adapter: 1e-3 } };
const adapter = { kind: "adapter", steps: 10, batchSize: 12, learningRate: 1e-3 };
const configure = (stage: object, more: object = {}) =>
  parseTrainConfig(
    {
      seed: 1,
      data: { kind: "checkerboard", points: 50 },
      flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
      adapter: { model: "mlp", shape: [2], observationShape: [2], width: 8, depth: 1 },
      problems: [{ name: "first-coordinate", sigma: 0.1 }],
      stages: [stage],
      ...more,
    },
    "test",
  );
const drawn = async (stage: object) => {
  const config = configure(stage);
  return stageTask(config.stages[0], 0, await resolve(config)).draw(3, 0);
};

describe("a stage with scores", () => {
  it.each([
    ["joint", joint, score],
    ["adapter", adapter, { ...score, priorWeight: 0 }],
  ])("draws what it would draw without, then the noise of the further draws (%s)", async (_kind, stage, its) => {
    const plain = await drawn(stage);
    const { furtherEps, ...rest } = await drawn({ ...stage, score: its });
    expect(rest).toEqual(plain);
    const { shape, data } = furtherEps as HostArray;
    expect(shape).toEqual([24, 2]);
    expect(new Set([...data, ...(plain.eps as HostArray).data]).size).toBe(24 * 2 + 12 * 2);
  });

  it("draws nothing for scores without a weight, or of the prior alone", async () => {
    for (const its of [{}, { draws: 4 }, { priorWeight: 1 }])
      expect(await drawn({ ...joint, score: its })).toEqual(await drawn(joint));
  });

  it("draws the noise of updates last, and takes a batch in parts to the same result", async () => {
    const stage = { ...adapter, steps: 2, learningRate: 1e-2, score: { ...score, priorWeight: 0 } };
    const residual = { scales: hostFull([2], 0.3), saturation: 0 };
    const updates = new Map([["first-coordinate", { temperature: 1, residual }]]);
    const run = async (its: object) => ({
      ...(await resolve({ ...configure(its, { updates: "a checkpoint" }), updates: undefined })),
      updates,
    });
    const updated = { ...stage, updateDraws: true };
    const { stages, ...rest } = await run(updated);
    const { updateNoise, ...others } = await stageTask(stages[0], 0, rest).draw(3, 0);
    expect(others).toEqual(await drawn(stage));
    const noise = (updateNoise as unknown as Record<string, Record<string, HostArray>>)["first-coordinate"];
    expect([noise.residual.shape, noise.observation.shape]).toEqual([
      [36, 2],
      [36, 1],
    ]);
    const trained = async (its: object) => namedLeaves((await train(await run(its))).networks.adapter);
    const [whole, inParts, plain] = [
      await trained(updated),
      await trained({ ...updated, accumulate: 2 }),
      await trained(stage),
    ];
    const farthest = (a: typeof whole, b: typeof whole): number =>
      Math.max(
        ...a.flatMap(({ array }, leaf) =>
          Array.from(array.data, (value, i) => Math.abs(value - b[leaf].array.data[i])),
        ),
      );
    expect(farthest(whole, inParts)).toBeLessThan(1e-5);
    expect(farthest(whole, plain)).toBeGreaterThan(5e-5);
  });

  it("needs updates, and scores, to update its draws", () => {
    expect(() => configure({ ...adapter, score: { ...score, priorWeight: 0 }, updateDraws: true })).toThrow(
      "updateDraws: there are no updates",
    );
    expect(() => configure({ ...adapter, updateDraws: true }, { updates: "a checkpoint" })).toThrow(
      "updateDraws: no draws are scored",
    );
  });

  it("has a baseline whose adapter is scored alike, without the prior", () => {
    const [stage] = configure({ ...joint, score }).stages;
    expect(frozenStage(stage as StageOf<"joint">).score).toEqual({ ...score, priorWeight: 0 });
    const [plain] = configure(joint).stages;
    expect(frozenStage(plain as StageOf<"joint">).score).toBeUndefined();
  });
});
