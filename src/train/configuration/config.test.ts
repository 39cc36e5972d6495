import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { hostArray } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { startTraining } from "../run-state.js";
import { saveState } from "../state-files.js";
import { parseTrainConfig, readTrainConfig } from "./config.js";

const joint = {
  kind: "joint",
  steps: 10,
  batchSize: 12,
  learningRate: { flowMap: 1e-4, adapter: 1e-3 },
};
const valid = {
  seed: 1,
  data: { kind: "checkerboard" },
  flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
  adapter: { model: "mlp", shape: [2], observationShape: [1], width: 8, depth: 1 },
  problems: [{ name: "first-coordinate", sigma: 0.1 }],
  stages: [{ kind: "flow-matching", steps: 5, batchSize: 8, learningRate: 1e-3 }, joint],
};

describe("training configurations", () => {
  it("get every default, the models' too", () => {
    const config = parseTrainConfig(valid, "c.json");
    expect(config.data).toEqual({ kind: "checkerboard", points: 20_000 });
    expect(config.adapter).toMatchObject({ problems: 1 });
    expect(config.stages[1]).toMatchObject({ alpha: 0.5, tau: { start: 1, end: 1 }, detachNoise: false, clip: 1 });
    expect(parseTrainConfig(config, "again")).toEqual(config);
  });

  it.each<[string, unknown, RegExp]>([
    ["an unknown key", { ...valid, sed: 2 }, /sed/],
    ["an unknown key of a stage", { ...valid, stages: [{ ...joint, alfa: 1 }] }, /stages\.0.*alfa/],
    ["a key of another kind of stage", { ...valid, stages: [{ ...valid.stages[0], alpha: 1 }] }, /stages\.0.*alpha/],
    ["an unknown kind of stage", { ...valid, stages: [{ ...joint, kind: "warm" }] }, /stages\.0\.kind/],
    ["an unknown key of a model", { ...valid, flowMap: { ...valid.flowMap, dept: 1 } }, /dept/],
    ["an unknown model", { ...valid, flowMap: { model: "none" } }, /"none": use one of/],
    ["an unknown data set", { ...valid, data: { kind: "mnistt" } }, /data\.kind/],
    ["a missing entry", { ...valid, seed: undefined }, /seed/],
    ["a share above one", { ...valid, stages: [{ ...joint, alpha: 1.5 }] }, /stages\.0\.alpha/],
    ["no stage", { ...valid, stages: [] }, /stages/],
    ["a score of one draw", { ...valid, stages: [{ ...joint, score: { draws: 1 } }] }, /stages\.0\.score\.draws/],
    [
      "a score of a frozen prior",
      { ...valid, stages: [{ ...joint, kind: "adapter", learningRate: 1e-3, score: { priorWeight: 1 } }] },
      /stages\.0\.score\.priorWeight: the flow map is frozen/,
    ],
    ["a joint stage without an adapter", { ...valid, adapter: undefined }, /stages\.1.*needs "adapter"/],
    ["a joint stage without problems", { ...valid, problems: [] }, /stages\.1.*needs problems/],
    [
      "a problem given twice",
      { ...valid, problems: [...valid.problems, ...valid.problems] },
      /first-coordinate.*twice/,
    ],
    [
      "a batch that the problems cannot share",
      { ...valid, problems: ["a", "b"].map((name) => ({ name, sigma: 1 })), stages: [{ ...joint, batchSize: 5 }] },
      /stages\.0\.batchSize: 5 cannot be shared equally by 2/,
    ],
    [
      "decay of a basis that is not trained",
      {
        ...valid,
        adapter: { model: "residual-mlp", shape: [2], problems: 1, basis: "principal" },
        stages: [{ ...joint, weightDecay: 0.1 }],
      },
      /stages\.0.*weightDecay.*principal/,
    ],
    ["no object", [], /c\.json/],
  ])("with %s are refused in one line", (_, value, message) => {
    const parse = (): unknown => parseTrainConfig(value, "c.json");
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^[^\n]*$/);
  });

  it("name folders relative to their own, and modules", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-config-"));
    const path = join(folder, "config.json");
    const images = { kind: "images", folder: "photos", height: 2, width: 2, channels: 1 };
    const given = {
      ...valid,
      data: images,
      flowMap: { module: "./network.js", export: "network" },
      initialFrom: "../runs/first",
      teacher: relative(folder, "checkpoints/mnist"),
    };
    await writeFile(path, JSON.stringify(given));
    expect(await readTrainConfig(path)).toMatchObject({
      data: { folder: join(folder, "photos") },
      flowMap: { module: join(folder, "network.js") },
      initialFrom: resolve(folder, "../runs/first"),
      // A folder inside the working directory: its path is relative to that directory.
      teacher: "checkpoints/mnist",
    });
    await rm(folder, { recursive: true });
  });

  it("that a run recorded are read back as they were recorded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-config-"));
    const path = join(folder, "config.json");
    const images = { kind: "images", folder: "mine/photos", height: 2, width: 2, channels: 1 };
    const recorded = parseTrainConfig({ ...valid, data: images, teacher: "checkpoints/mnist" }, "c");
    await writeFile(path, JSON.stringify(recorded));
    const position = { stage: 0, step: 1, seconds: 1, complete: false, history: [] };
    await saveState(join(folder, "state"), { flowMap: startTraining(hostArray([1], [1])) }, position);
    expect(await readTrainConfig(path)).toEqual(recorded);
    await rm(folder, { recursive: true });
  });

  it("are read from a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-config-"));
    const path = join(folder, "config.json");
    await expect(readTrainConfig(path)).rejects.toThrow(/config\.json cannot be read/);
    await writeFile(path, "{");
    await expect(readTrainConfig(path)).rejects.toThrow(/config\.json is not JSON/);
    await writeFile(path, JSON.stringify(valid));
    expect(await readTrainConfig(path)).toEqual(parseTrainConfig(valid, "c"));
    await rm(folder, { recursive: true });
  });
});
