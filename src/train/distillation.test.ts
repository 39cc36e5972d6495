import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { InputError } from "../errors.js";
import { gaussianMeanVelocity } from "../../test/support/gaussian-flow.js";
import { parseTrainConfig, type TrainConfig } from "./configuration/index.js";
import { readLog } from "./log.js";
import { trainFrom } from "../../test/support/train-from.js";
import { integrateTrajectories } from "./stages/trajectories.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-distillation-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("trajectories", () => {
  // Data x ~ N(m, s^2): the flow takes z to (1 - t) m + s_t z, s_t^2 = (1 - t)^2 s^2 + t^2.
  const [m, s, count] = [0.7, 0.4, 10];
  const noise = randomSource(1).normalArray([8, 2]);
  const integrate = (nodes: number) =>
    integrateTrajectories(
      () => gaussianMeanVelocity(m, s),
      {},
      async () => noise,
      { count, nodes },
      { backend: "jax" },
    );
  const worst = async (nodes: number): Promise<number> => {
    const { states } = (await integrate(nodes)) ?? expect.fail("it was not told to stop");
    expect(states.shape).toEqual([nodes + 1, count, 2]);
    let error = 0;
    for (let node = 0; node <= nodes; node++) {
      const t = 1 - node / nodes;
      const deviation = Math.hypot((1 - t) * s, t);
      for (let i = 0; i < 2 * count; i++) {
        // The second batch repeats the first one's noise.
        const exact = (1 - t) * m + deviation * noise.data[i % 16];
        error = Math.max(error, Math.abs(states.data[node * 2 * count + i] - exact));
      }
    }
    return error;
  };

  it("follow the flow, to second order in the step", async () => {
    const [coarse, fine] = [await worst(8), await worst(16)];
    expect(fine).toBeLessThan(0.01);
    expect(coarse / fine).toBeGreaterThan(3);
  });
});

describe("a distillation stage", () => {
  const stage = { batchSize: 16, learningRate: 1e-2 };
  const distillation = { kind: "distillation", ...stage, steps: 9, trajectories: 40, nodes: 3, averageDecay: 0 };
  const config = (changes: object = {}): TrainConfig =>
    parseTrainConfig(
      {
        seed: 4,
        data: { kind: "checkerboard", points: 100 },
        flowMap: { model: "mlp", shape: [2], width: 16, depth: 1 },
        adapter: { model: "mlp", shape: [2], observationShape: [2], width: 8, depth: 1 },
        problems: [{ name: "first-coordinate", sigma: 0.1 }],
        stages: [
          { kind: "flow-matching", ...stage, steps: 30 },
          { ...distillation, alpha: 0.5 },
        ],
        logEvery: 3,
        checkpointEvery: { steps: 3 },
        ...changes,
      },
      "test",
    );
  const parametersOf = (run: string) => readFile(join(run, "checkpoint", "model.safetensors"), "base64");

  it("is refused where its trajectories do not fit into memory", () => {
    const flowMap = { model: "mlp", shape: [3072], width: 8, depth: 1 };
    const large = { ...distillation, trajectories: 100_000, nodes: 16 };
    const parse = () => config({ flowMap, adapter: undefined, problems: [], stages: [large] });
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(/stages\.0\.trajectories: 100000 of 16 nodes are 5222400000 values/);
  });

  it("brings the jumps of a flow map to its own flow", async () => {
    const run = join(folder, "learns");
    const stages = [
      { kind: "flow-matching", ...stage, steps: 100 },
      { ...distillation, steps: 300 },
    ];
    await trainFrom(config({ stages, logEvery: 10 }), { out: run, backend: "onnx" });
    const losses = (await readLog(join(run, "log.jsonl"))).flatMap(({ stage: index, measures }) =>
      index === 1 ? [measures.loss] : [],
    );
    expect(losses.at(-1)).toBeLessThan(0.2 * losses[0]);
  });

  it("that is stopped and resumed ends with the bits of an uninterrupted one", async () => {
    const [whole, stopped] = [join(folder, "whole"), join(folder, "stopped")];
    await trainFrom(config(), { out: whole, backend: "onnx" });
    const stop = new AbortController();
    const { complete } = await trainFrom(config(), {
      out: stopped,
      backend: "onnx",
      signal: stop.signal,
      onProgress: ({ stage: index, step }) => {
        if (index === 1 && step === 3) stop.abort();
      },
    });
    expect(complete).toBe(false);
    await trainFrom(config(), { out: stopped, backend: "onnx", resume: true });
    expect(await parametersOf(stopped)).toBe(await parametersOf(whole));
  });

  it("cannot go on without its trajectories", async () => {
    const run = join(folder, "lost");
    const stop = new AbortController();
    const onProgress = ({ stage: index }: { stage: number }): void => {
      if (index === 1) stop.abort();
    };
    await trainFrom(config(), { out: run, backend: "onnx", signal: stop.signal, onProgress });
    await rm(join(run, "stage-1-trajectories.safetensors"));
    await expect(trainFrom(config(), { out: run, backend: "onnx", resume: true })).rejects.toThrow(InputError);
  });

  it("that is stopped while it is prepared continues to the bits of an uninterrupted one, once prepared", async () => {
    const [whole, stopped] = [join(folder, "prepared"), join(folder, "stopped-early")];
    const alone = config({ stages: [{ ...distillation, alpha: 0.5 }] });
    await trainFrom(alone, { out: whole, backend: "onnx" });
    // Of an earlier run that was killed before its first state: it is not taken for this one's.
    await mkdir(stopped);
    const kept = "stage-0-trajectories.safetensors";
    const left = { [kept]: "of another run", "config.json": '{"stages":[]}', "log.jsonl": "" };
    for (const [name, text] of Object.entries(left)) await writeFile(join(stopped, name), text);
    const stop = new AbortController();
    stop.abort();
    const early = await trainFrom(alone, { out: stopped, backend: "onnx", signal: stop.signal });
    expect(early.complete).toBe(false);
    expect(await readdir(stopped)).not.toContain(kept);
    await trainFrom(alone, { out: stopped, backend: "onnx", resume: true });
    expect(await parametersOf(stopped)).toBe(await parametersOf(whole));
  });

  it("refuses a batch that its problems cannot share, before any training", () => {
    const problems = [1, 2, 3].map((name) => ({ name: `first-coordinate-${name}`, sigma: 0.1 }));
    const stages = [{ ...distillation, alpha: 0.5 }];
    expect(() => config({ stages, problems })).toThrow(
      /stages\.0\.batchSize: 16 cannot be shared equally by 3 problems/,
    );
    expect(() => config({ stages: [distillation], problems })).not.toThrow();
  });

  it("needs an adapter for the adapter's noise", () => {
    expect(() => config({ adapter: undefined, problems: [] })).toThrow(/stages.1.alpha/);
  });
});

describe("a joint stage with a frozen adapter", () => {
  it("leaves no weight to terms that teach nothing", () => {
    const stage = { kind: "joint", steps: 1, batchSize: 16, learningRate: { flowMap: 1e-3, adapter: 0 } };
    const of = (changes: object) => () =>
      parseTrainConfig(
        {
          seed: 4,
          data: { kind: "checkerboard" },
          flowMap: { model: "mlp", shape: [2] },
          adapter: { model: "mlp", shape: [2], observationShape: [2] },
          problems: [{ name: "first-coordinate", sigma: 0.1 }],
          stages: [{ ...stage, ...changes }],
        },
        "test",
      );
    expect(of({ klWeight: 1, observationWeight: 0 })).toThrow(/stages.0.learningRate.adapter/);
    expect(of({ klWeight: 0, observationWeight: 0 })).not.toThrow();
    // The draws that are scored also train the flow map alone.
    const score = { draws: 2, pixelWeight: 1, energyWeight: 0 };
    expect(of({ klWeight: 0, observationWeight: 0, updateDraws: true, score })).toThrow(/stages.0.updateDraws/);
  });
});
