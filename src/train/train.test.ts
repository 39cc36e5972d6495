import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namedLeaves } from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { InputError, NonFiniteError } from "../errors.js";
import { readCheckpoint, writeCheckpoint } from "../checkpoint/index.js";
import { parseTrainConfig, resolve, type TrainConfig } from "./configuration/index.js";
import { readLog } from "./log.js";
import { readPosition } from "./state-files.js";
import { trainFrom } from "../../test/support/train-from.js";

const backends: Backend[] = ["jax", "onnx"];
const flowMatching = { kind: "flow-matching", steps: 9, batchSize: 16, learningRate: 1e-2 };
const joint = {
  kind: "joint",
  steps: 6,
  batchSize: 16,
  learningRate: { flowMap: 1e-3, adapter: 1e-2 },
  tau: { start: 1, end: 0.5 },
  observationFlowMap: "average",
  adaptiveWeight: {},
  startFrom: "parameters",
};
const config = (changes: object = {}): TrainConfig =>
  parseTrainConfig(
    {
      seed: 4,
      data: { kind: "checkerboard", points: 100 },
      flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
      adapter: { model: "mlp", shape: [2], observationShape: [2], width: 8, depth: 1 },
      problems: [{ name: "first-coordinate", sigma: 0.1 }],
      stages: [{ ...flowMatching, schedule: { warmUp: 3, cosineShare: 0.5 } }, joint],
      logEvery: 3,
      checkpointEvery: { steps: 3 },
      ...changes,
    },
    "test",
  );

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-train-"));
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * Everything of a run that has to be equal bit by bit: the arrays of its states and checkpoints, and the log without
 * times.
 */
async function bitsOf(runDirectory: string): Promise<unknown> {
  const [state] = await readdir(join(runDirectory, "state"));
  const files = [`state/${state}/state`, "checkpoint/model", "stages/0-flow-matching/model"];
  const arrays = await Promise.all(files.map((name) => readFile(join(runDirectory, `${name}.safetensors`), "base64")));
  const log = (await readLog(join(runDirectory, "log.jsonl"))).map((line) => ({ ...line, seconds: 0 }));
  return { state, arrays, log };
}

describe.each(backends)("a run on %s", (backend) => {
  it("that is stopped in any stage and resumed ends with the bits of an uninterrupted one", async () => {
    const whole = join(folder, `whole-${backend}`);
    expect((await trainFrom(config(), { out: whole, backend })).complete).toBe(true);
    const expected = await bitsOf(whole);

    for (const [stage, step] of [
      [0, 3],
      [0, 9],
      [1, 3],
    ]) {
      const runDirectory = join(folder, `stopped-${backend}-${stage}-${step}`);
      const stop = new AbortController();
      const stopped = await trainFrom(config(), {
        out: runDirectory,
        backend,
        signal: stop.signal,
        onProgress: (progress) => {
          if (progress.stage === stage && progress.step === step) stop.abort();
        },
      });
      expect(stopped.complete).toBe(false);
      const resumed = await trainFrom(config(), { out: runDirectory, backend, resume: true });
      expect(resumed.complete).toBe(true);
      expect(await bitsOf(runDirectory)).toEqual(expected);
    }
  });

  it("that is killed with SIGKILL and resumed ends with the bits of an uninterrupted one", async () => {
    const long = config({
      stages: [{ ...flowMatching, steps: 120 }, flowMatching],
      logEvery: 10,
      checkpointEvery: { steps: 10 },
    });
    const whole = join(folder, `long-${backend}`);
    await trainFrom(long, { out: whole, backend });

    const runDirectory = join(folder, `killed-${backend}`);
    await killAtFirstState(long, runDirectory, backend);
    const saved = await readPosition(join(runDirectory, "state"));
    expect(saved?.position).toMatchObject({ stage: 0, complete: false });
    await appendFile(join(runDirectory, "log.jsonl"), '{"stage": 0, "ki');
    await trainFrom(long, { out: runDirectory, backend, resume: true });
    expect(await bitsOf(runDirectory)).toEqual(await bitsOf(whole));
  });
});

/** Trains in a separate process and kills it as soon as a state is on disk. */
async function killAtFirstState(long: TrainConfig, runDirectory: string, backend: Backend): Promise<void> {
  const script = `
    import { trainFrom } from ${JSON.stringify(new URL("../../test/support/train-from.ts", import.meta.url).href)};
    const config = ${JSON.stringify(long)};
    await trainFrom(config, {
      out: ${JSON.stringify(runDirectory)},
      backend: ${JSON.stringify(backend)},
      onProgress: ({ step }) => { if (step === 20) process.kill(process.pid, "SIGKILL"); },
    });`;
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const signal = await new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
  expect(signal).toBe("SIGKILL");
}

describe("a run", () => {
  it("lowers the loss, logs every stage, and its checkpoint holds the averages", async () => {
    const runDirectory = join(folder, "learns");
    const stage = { ...flowMatching, steps: 150, batchSize: 64 };
    await trainFrom(config({ stages: [stage], logEvery: 25 }), { out: runDirectory, backend: "jax" });
    const log = await readLog(join(runDirectory, "log.jsonl"));
    expect(log.map(({ step }) => step)).toEqual([25, 50, 75, 100, 125, 150]);
    expect(log[5].measures.loss).toBeLessThan(0.9 * log[0].measures.loss);
    const { metadata, networks } = await readCheckpoint(join(runDirectory, "checkpoint"));
    expect(metadata.sampleShape).toEqual([2]);
    expect(metadata.stages).toMatchObject([{ kind: "flow-matching", steps: 150 }]);
    expect(metadata.parameterCounts).toEqual({ flowMap: 4 * 8 + 8 + 8 * 2 + 2, adapter: 2 * 8 + 8 + 2 * (8 * 2 + 2) });
    expect(Object.keys(networks)).toEqual(["flowMap", "adapter"]);
  });

  it("starts a stage from what an earlier one left, where the stage says so", async () => {
    const runDirectory = join(folder, "from-earlier");
    const last = { ...flowMatching, steps: 1, learningRate: 1e-30, startFrom: { stage: 0 } };
    await trainFrom(config({ stages: [flowMatching, flowMatching, last] }), { out: runDirectory, backend: "jax" });
    const left = async (of: string) => (await readCheckpoint(join(runDirectory, of))).networks;
    expect(await left("checkpoint")).toEqual(await left("stages/0-flow-matching"));
    expect(await left("checkpoint")).not.toEqual(await left("stages/1-flow-matching"));
    expect(() => config({ stages: [{ ...flowMatching, startFrom: { stage: 0 } }] })).toThrow(/not an earlier stage/);
  });

  it("trains in every kind of stage the networks that the stage names, alike on both engines", async () => {
    const step = { steps: 3, batchSize: 16 };
    const stages = [
      { kind: "flow-matching", ...step, learningRate: 1e-2 },
      { kind: "mean-flow", ...step, learningRate: 1e-2, wholeJumpShare: 0.5, adaptiveWeight: {} },
      { kind: "adapter", ...step, learningRate: 1e-2 },
      { ...joint, ...step },
    ];
    const results = await Promise.all(
      (["jax", "onnx"] as const).map(async (backend) => {
        const runDirectory = join(folder, `stages-${backend}`);
        await trainFrom(config({ stages }), { out: runDirectory, backend });
        const names = stages.map(({ kind }, index) => join(runDirectory, "stages", `${index}-${kind}`));
        return Promise.all(names.map(async (name) => (await readCheckpoint(name)).networks));
      }),
    );
    const [onJax, onOnnx] = results;
    const moved = (before: number, after: number, name: string): boolean =>
      !isDeepStrictEqual(onJax[before][name], onJax[after][name]);
    expect([moved(0, 1, "flowMap"), moved(0, 1, "adapter")]).toEqual([true, false]);
    expect([moved(1, 2, "flowMap"), moved(1, 2, "adapter")]).toEqual([false, true]);
    expect([moved(2, 3, "flowMap"), moved(2, 3, "adapter")]).toEqual([true, true]);
    const [expected, got] = [onJax[3], onOnnx[3]].map((networks) => namedLeaves(networks));
    expected.forEach(({ name, array }, leaf) => {
      const difference = array.data.map((value, i) => Math.abs(value - got[leaf].array.data[i]));
      expect(Math.max(...difference), name).toBeLessThan(1e-3);
    });
  });

  it("starts such a stage with the same bits, whatever checkpoints are rounded to", async () => {
    const stages = [flowMatching, flowMatching, { ...flowMatching, steps: 1, startFrom: { stage: 0 } }];
    const { networks } = await trainFrom(config({ stages }), { backend: "jax" });
    const rounded = config({ stages, checkpointPrecision: "bfloat16" });
    const out = join(folder, "rounded");
    expect((await trainFrom(rounded, { out, backend: "jax" })).networks).toEqual(networks);
  });

  it("refuses decay rates with which the optimiser divides by zero", () => {
    for (const betas of [
      [1, 0.9],
      [0.9, 1],
    ])
      expect(() => config({ stages: [{ ...flowMatching, betas }] })).toThrow(/stages\.0\.betas/);
  });

  it("ends a stage at its time limit and records the steps that it took", async () => {
    const runDirectory = join(folder, "timed");
    const stage = { ...flowMatching, steps: 1_000_000, minutes: 0.1 / 60 };
    const { complete } = await trainFrom(config({ stages: [stage] }), { out: runDirectory, backend: "jax" });
    expect(complete).toBe(true);
    const { metadata } = await readCheckpoint(join(runDirectory, "checkpoint"));
    const [{ steps }] = metadata.stages;
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(1_000_000);
    expect((await readPosition(join(runDirectory, "state")))?.position).toMatchObject({ step: steps, complete: true });
  });

  it("starts from another run's checkpoint, if the models agree", async () => {
    const first = join(folder, "first");
    await trainFrom(config(), { out: first, backend: "jax" });
    const initialFrom = join(first, "checkpoint");
    // With so small a rate nothing moves, so the checkpoint equals the initial one.
    const still = config({ initialFrom, stages: [{ ...flowMatching, steps: 1, learningRate: 1e-30 }] });
    const second = join(folder, "second");
    await trainFrom(still, { out: second, backend: "jax" });
    const { networks } = await readCheckpoint(join(second, "checkpoint"));
    expect(networks).toEqual((await readCheckpoint(initialFrom)).networks);
    const other = config({ initialFrom, flowMap: { model: "mlp", shape: [2], width: 9, depth: 1 } });
    await expect(trainFrom(other, { out: join(folder, "third"), backend: "jax" })).rejects.toThrow(/its flowMap is/);
  });

  it("starts from several checkpoints with a network each, and not with a frozen flow map that none has", async () => {
    const first = join(folder, "parts");
    await trainFrom(config(), { out: first, backend: "jax" });
    const whole = join(first, "checkpoint");
    const { metadata, networks } = await readCheckpoint(whole);
    const only = async (name: "flowMap" | "adapter"): Promise<string> => {
      const { problems } = metadata.model;
      const about = { ...metadata, model: { [name]: metadata.model[name], problems } };
      await writeCheckpoint(join(folder, `only-${name}`), { [name]: networks[name] }, about);
      return join(folder, `only-${name}`);
    };
    const [flowMap, adapter] = [await only("flowMap"), await only("adapter")];
    const stages = [{ kind: "adapter", steps: 1, batchSize: 16, learningRate: 1e-2 }];
    const { initial } = await resolve(config({ initialFrom: [flowMap, adapter], stages }));
    expect(initial).toEqual(networks);
    await expect(resolve(config({ initialFrom: adapter, stages }))).rejects.toThrow(/only-adapter has no flow map/);
    await expect(resolve(config({ initialFrom: [whole, adapter], stages }))).rejects.toThrow(/only one/);
  });

  it("does not start, and writes nothing, if a network does not fit the data", async () => {
    const runDirectory = join(folder, "misfit");
    const misfit = config({ flowMap: { model: "mlp", shape: [3], width: 8, depth: 1 } });
    const run = trainFrom(misfit, { out: runDirectory, backend: "jax" });
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(/flowMap\.shape is \[3\], the data's samples are \[2\]/);
    await expect(readdir(runDirectory)).rejects.toThrow(/ENOENT/);
  });

  it("is neither overwritten nor resumed with another configuration", async () => {
    const runDirectory = join(folder, "once");
    await trainFrom(config(), { out: runDirectory, backend: "jax" });
    await expect(trainFrom(config(), { out: runDirectory, backend: "jax" })).rejects.toThrow(/holds a run/);
    const changed = trainFrom(config({ seed: 5 }), { out: runDirectory, backend: "jax", resume: true });
    await expect(changed).rejects.toThrow(InputError);
    await expect(changed).rejects.toThrow(/seed differs from the run/);
  });

  it("is resumed where one is, by the engine that it began with", async () => {
    const runDirectory = join(folder, "engine");
    const resume = (backend: Backend): Promise<unknown> =>
      trainFrom(config(), { out: runDirectory, backend, resume: true });
    await expect(resume("jax")).rejects.toThrow(/holds no run to resume/);
    await expect(readdir(runDirectory)).rejects.toThrow(/ENOENT/);
    await trainFrom(config(), { out: runDirectory, backend: "jax" });
    await expect(resume("onnx")).rejects.toThrow(/computed by jax on cpu, not by onnx on cpu/);
    await resume("jax");
  });

  it("continues where its last stage is given more steps, but not where an earlier one is", async () => {
    const runDirectory = join(folder, "longer");
    const stages = (first: number, last: number) =>
      config({
        stages: [
          { ...flowMatching, steps: first },
          { ...flowMatching, steps: last },
        ],
      });
    const resume = (longer: TrainConfig) => trainFrom(longer, { out: runDirectory, backend: "jax", resume: true });
    await trainFrom(stages(3, 4), { out: runDirectory, backend: "jax" });
    await resume(stages(3, 7));
    const saved = await readPosition(join(runDirectory, "state"));
    expect(saved?.position).toMatchObject({ stage: 1, step: 7, complete: true });
    await expect(resume(stages(5, 7))).rejects.toThrow(/stages differs from the run/);
    await expect(resume(stages(3, 6))).rejects.toThrow(/stages differs from the run/);
  });

  it("continues where a stage with a time limit is given more steps, until that limit", async () => {
    const runDirectory = join(folder, "longer-timed");
    const stages = (steps: number, minutes: number) => config({ stages: [{ ...flowMatching, steps, minutes }] });
    await trainFrom(stages(3, 5), { out: runDirectory, backend: "jax" });
    await trainFrom(stages(6, 5), { out: runDirectory, backend: "jax", resume: true });
    const position = async () => (await readPosition(join(runDirectory, "state")))?.position;
    expect(await position()).toMatchObject({ step: 6, complete: true });
    const short = join(folder, "short-timed");
    await trainFrom(stages(1_000_000, 0.001), { out: short, backend: "jax" });
    const before = await readPosition(join(short, "state"));
    await trainFrom(stages(2_000_000, 0.001), { out: short, backend: "jax", resume: true });
    expect((await readPosition(join(short, "state")))?.position).toEqual(before?.position);
  });

  it("has its folder to itself, until its process has ended", async () => {
    const runDirectory = join(folder, "shared");
    const first = trainFrom(config(), { out: runDirectory, backend: "jax" });
    const second = trainFrom(config(), { out: runDirectory, backend: "jax" });
    const ends = await Promise.allSettled([first, second]);
    const refused = ends.filter((end) => end.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(String(refused[0].reason)).toMatch(/is in use by process \d+/);
    expect(await readdir(runDirectory)).not.toContain("lock.json");
    // The lock file of a process that was killed: no process has the number 2^22.
    await writeFile(join(runDirectory, "lock.json"), JSON.stringify({ processId: 2 ** 22, host: hostname() }));
    await trainFrom(config(), { out: runDirectory, backend: "jax", resume: true });
    await writeFile(join(runDirectory, "lock.json"), JSON.stringify({ processId: process.ppid, host: hostname() }));
    await expect(trainFrom(config(), { out: runDirectory, backend: "jax", resume: true })).rejects.toThrow(InputError);
  });

  it("stops at a loss that is not finite, with the state before it on disk", async () => {
    const runDirectory = join(folder, "diverges");
    const stage = { ...flowMatching, steps: 50, learningRate: 1e25, clip: 1e30 };
    const diverging = trainFrom(config({ stages: [stage], checkpointEvery: {} }), {
      out: runDirectory,
      backend: "jax",
    });
    await expect(diverging).rejects.toThrow(NonFiniteError);
    const saved = await readPosition(join(runDirectory, "state"));
    expect(saved?.position.step).toBeGreaterThan(0);
    await readCheckpoint(join(runDirectory, "checkpoint"));
  });
});

describe("a damaged checkpoint", () => {
  it("is refused in one line that names what is wrong", async () => {
    const runDirectory = join(folder, "damaged");
    await trainFrom(config(), { out: runDirectory, backend: "jax" });
    const checkpoint = join(runDirectory, "checkpoint");
    const path = join(checkpoint, "checkpoint.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"width": 8', '"width": 16'));
    await expect(readCheckpoint(checkpoint)).rejects.toThrow(/checkpoint\.json is damaged/);
    await rm(join(checkpoint, "checksums.json"));
    await expect(readCheckpoint(checkpoint)).rejects.toThrow(/tensor flowMap\.layers\.0\.weight is float32 \[8, 4\]/);
    await writeFile(path, text.replace('"depth": 1', '"depth": 2'));
    await expect(readCheckpoint(checkpoint)).rejects.toThrow(/tensor flowMap\.layers\.\d/);
    await writeFile(path, text.replace('"format": 2', '"format": 7'));
    await expect(readCheckpoint(checkpoint)).rejects.toThrow(/checkpoint\.json: format/);
    await rm(path);
    await expect(readCheckpoint(checkpoint)).rejects.toThrow(/checkpoint\.json cannot be read/);
  });
});
