import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { counts, mixing, plainAdapter, plainMlp, pointsOfGaussian } from "../../test/support/own-parts.js";
import { trainFrom } from "../../test/support/train-from.js";
import { type HostArray, hostArray, hostFull, namedLeaves } from "../array/index.js";
import { loadModel } from "../checkpoint/index.js";
import { drawCheckerboard } from "../data/index.js";
import { InputError } from "../errors.js";
import { type FlowMapNetwork, mlp, mlpAdapter } from "../models/index.js";
import { firstCoordinate, gaussianNoise, observe, problem } from "../operators/index.js";
import { samplePosterior, samplePrior } from "../vfm/index.js";
import { randomSource } from "../array/index.js";
import { parseTrainConfig } from "./configuration/index.js";
import { adapterAlone, flowMatching, fromArrays, joint, type Run, train } from "./index.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-own-"));
});
afterAll(() => rm(folder, { recursive: true }));

const problems = [problem("counts", counts()), problem("mixing", gaussianNoise(mixing(), 0.1))];
type PartialRun = Partial<Run> & { flowMap?: FlowMapNetwork };
const own = (changes: PartialRun = {}) => ({
  data: pointsOfGaussian(),
  flowMap: plainMlp(),
  adapter: plainAdapter(),
  problems,
  stages: [
    flowMatching({ steps: 60, batchSize: 32, learningRate: 1e-2 }),
    joint({ steps: 60, batchSize: 32, learningRate: { flowMap: 1e-3, adapter: 1e-2 } }),
  ],
  seed: 2,
  logEvery: 20,
  ...changes,
});

/** Labelled data, and a flow map that knows three classes. */
const labelled = (labels: Int32Array): PartialRun => ({
  data: { ...pointsOfGaussian(), labels },
  flowMap: { ...plainMlp(), classes: 3 },
});

describe("a run of one's own network, operator, noise and data", () => {
  it("shows its networks as they are, and waits until they have been looked at", async () => {
    const seen: number[][] = [];
    let looking = 0;
    const { networks } = await train(own({ stages: [flowMatching({ steps: 60, batchSize: 32 })] }), {
      backend: "jax",
      onProgress: async ({ networks: { flowMap } }) => {
        expect(++looking).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        looking -= 1;
        seen.push(Array.from(namedLeaves(flowMap)[0].array.data));
      },
    });
    expect(seen).toHaveLength(3);
    expect(seen[2]).toEqual(Array.from(namedLeaves(networks.flowMap)[0].array.data));
    expect(seen[0]).not.toEqual(seen[2]);
  });

  it("learns without a file, and its model samples the posterior", async () => {
    const losses: number[][] = [[], []];
    const { complete, model, networks, checkpoint, log } = await train(own(), {
      backend: "jax",
      onProgress: ({ stage, measures }) => losses[stage].push(measures.loss),
    });
    expect([complete, checkpoint, log]).toEqual([true, undefined, undefined]);
    for (const [first, , last] of losses) expect(last).toBeLessThan(first);
    expect(Object.keys(networks)).toEqual(["flowMap", "adapter"]);

    const truth = hostArray([0.5, 0.5, 0.2, 0.8], [2, 2]);
    const y = await observe(model.problem("counts"), truth, { seed: 1 });
    expect([...y.y.data].every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    const { samples } = await samplePosterior(model, y, { samples: 50, seed: 2 });
    expect(samples.shape).toEqual([2, 50, 2]);
    const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(meanOf(samples.data) - 0.5)).toBeLessThan(0.25);
    // Samples of a model that does not look at y would have the same mean for both.
    const corners = await observe(model.problem("mixing"), hostArray([0, 0, 1, 1], [2, 2]), { seed: 3 });
    const { data } = (await samplePosterior(model, corners, { samples: 200, seed: 2 })).samples;
    expect(meanOf(data.subarray(400)) - meanOf(data.subarray(0, 400))).toBeGreaterThan(0.3);
    expect((await samplePrior(model, { samples: 3, seed: 1 })).samples.shape).toEqual([3, 2]);
  });

  it("is saved, resumed to the same bits, and loaded when its parts are bound again", async () => {
    const stages = own().stages.map((stage) => ({ ...stage, steps: 6 }));
    const run = own({ stages, logEvery: 3, checkpointEvery: { steps: 3 } });
    const whole = await train(run, { backend: "jax" });
    const out = join(folder, "stopped");
    const stop = new AbortController();
    const stopped = await train(run, {
      out,
      backend: "jax",
      signal: stop.signal,
      onProgress: ({ stage, step }) => {
        if (stage === 1 && step === 3) stop.abort();
      },
    });
    expect(stopped.complete).toBe(false);
    await expect(train({ ...run, seed: 3 }, { out, backend: "jax", resume: true })).rejects.toThrow(/seed differs/);
    const resumed = await train(run, { out, backend: "jax", resume: true });
    expect(resumed.networks).toEqual(whole.networks);

    const { checkpoint = "" } = resumed;
    await expect(loadModel(checkpoint)).rejects.toThrow(/flowMap is not a network.*loadModel\(folder, \{ flowMap \}\)/);
    const parts = { flowMap: run.flowMap, adapter: run.adapter };
    await expect(loadModel(checkpoint, parts)).rejects.toThrow(/counts is not a problem.*problems/);
    const model = await loadModel(checkpoint, { ...parts, problems });
    expect(model.parameters).toEqual(whole.networks);
    expect(model.problems.map(({ name }) => name)).toEqual(["counts", "mixing"]);
    const other = { ...parts, flowMap: plainMlp({ width: 8 }), problems };
    await expect(loadModel(checkpoint, other)).rejects.toThrow(/flowMap\.first\.weight/);
  });

  it("is resumed with a record of its own", async () => {
    const stages = [flowMatching({ steps: 3, batchSize: 8 })];
    const run = own({ stages, record: { note: "mine" } });
    const out = join(folder, "own-record");
    await train(run, { out, backend: "jax" });
    expect(await train(run, { out, backend: "jax", resume: true })).toMatchObject({ complete: true });
    const other = own({ stages, record: { note: "other" } });
    await expect(train(other, { out, backend: "jax", resume: true })).rejects.toThrow(/note differs/);
  });

  it("is not resumed without its folder", async () => {
    await expect(train(own(), { resume: true })).rejects.toThrow(InputError);
    await expect(train(own(), { resume: true })).rejects.toThrow(/resume continues the run in a folder/);
  });

  it("logs the learning rates of the last step", async () => {
    const schedule = { warmUp: 4 };
    const stages = [flowMatching({ steps: 3, batchSize: 8, learningRate: 1, schedule })];
    const rates: number[] = [];
    const onProgress = ({ learningRate }: { learningRate: Record<string, number> }) => rates.push(learningRate.flowMap);
    await train(own({ stages, logEvery: 1 }), { backend: "jax", onProgress });
    // The warm-up is linear: step n has n / 4 of the rate.
    expect(rates).toEqual([0.25, 0.5, 0.75]);
  });

  it.each<[string, (shape: number[]) => HostArray, RegExp]>([
    ["numbers that are not finite", (shape) => hostFull(shape, NaN), /what data\.take gave holds NaN at \[0, 0\]/],
    ["another shape", ([count]) => hostFull([count, 3], 0), /data\.take gave \[8, 3\] for 8 samples.*\[8, 2\]/],
  ])("refuses %s from its data", async (_, give, message) => {
    const data = { count: 10, sampleShape: [2], take: (rows: Int32Array) => give([rows.length, 2]) };
    const run = train(own({ data, stages: [flowMatching({ steps: 3, batchSize: 8 })] }), { backend: "jax" });
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(message);
  });

  it("starts from given parameters, and from an earlier stage, without files", async () => {
    const still = flowMatching({ steps: 1, batchSize: 8, learningRate: 1e-30 });
    const moving = flowMatching({ steps: 5, batchSize: 8, learningRate: 1e-2 });
    const { model } = await train(own({ stages: [moving] }), { backend: "jax" });
    const again = await train(own({ stages: [still], initial: model.parameters }), { backend: "jax" });
    expect(again.networks).toEqual(model.parameters);
    const back = await train(own({ stages: [moving, moving, { ...still, startFrom: { stage: 0 } }] }), {
      backend: "jax",
    });
    expect(back.networks).toEqual(model.parameters);
    const misnamed = train(own({ initial: { flowmap: model.parameters.flowMap } }));
    await expect(misnamed).rejects.toThrow('there is no option "flowmap": did you mean "flowMap"?');
    const misshapen = train(own({ flowMap: plainMlp({ width: 8 }), initial: model.parameters }));
    await expect(misshapen).rejects.toThrow(/initial\.flowMap\.first\.weight is \[16, 4\], the network's is \[8, 4\]/);
  });

  it.each<[string, PartialRun, RegExp]>([
    ["no stage", { stages: [] }, /stages: give at least one/],
    ["a stage without its network", { adapter: undefined }, /stages\.1: a stage of kind "joint" needs "adapter"/],
    ["a network of other samples", { flowMap: { ...plainMlp(), shape: [3] } }, /flowMap\.shape is \[3\]/],
    [
      "a parameter whose name contains a dot",
      { flowMap: { ...plainMlp(), initialise: () => ({ "a.b": hostFull([1], 0) }) } },
      /flowMap: initialise gives the key "a\.b"/,
    ],
    ["problems of one class", { problems: problems.map((its) => ({ ...its, class: 1 })) }, /both class 1/],
    ["labels of some samples only", labelled(Int32Array.of(0)), /data\.labels has 1 labels, the data \d+ samples/],
    ["a label below 0", labelled(new Int32Array(pointsOfGaussian().count).fill(-1)), /label 0 is -1, it has to be/],
    ["a problem that the adapter does not know", { problems: [{ ...problems[0], class: 2 }] }, /counts is class 2/],
  ])("refuses %s", async (_name, changes, reason) => {
    const refused = train(own(changes), { backend: "jax" });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(reason);
  });
});

describe("a run of the library's parts", () => {
  it("has the bits of the run that a configuration describes", async () => {
    const stage = { steps: 5, batchSize: 16, learningRate: 1e-2 };
    const config = parseTrainConfig(
      {
        seed: 4,
        data: { kind: "checkerboard", points: 100 },
        flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
        adapter: { model: "mlp", shape: [2], observationShape: [2], width: 8, depth: 1 },
        problems: [{ name: "first-coordinate", sigma: 0.1 }],
        stages: [
          { kind: "flow-matching", ...stage },
          { kind: "adapter", ...stage },
        ],
      },
      "test",
    );
    const bound = await train(
      {
        data: fromArrays(drawCheckerboard(100, randomSource(4, "checkerboard"))),
        flowMap: mlp({ shape: [2], width: 8, depth: 1 }),
        adapter: mlpAdapter({ shape: [2], observationShape: [2], width: 8, depth: 1 }),
        problems: [problem("first-coordinate", gaussianNoise(firstCoordinate, 0.1))],
        stages: [flowMatching(stage), adapterAlone(stage)],
        seed: 4,
      },
      { backend: "jax" },
    );
    const configured = await trainFrom(config, { backend: "jax" });
    expect(namedLeaves(bound.networks)).toEqual(namedLeaves(configured.networks));
  });
});

describe("a configuration that names files", () => {
  const parts = JSON.stringify(new URL("../../test/support/own-parts.ts", import.meta.url).href);
  const configuration = (changes: object = {}) => ({
    seed: 2,
    data: { kind: "module", module: "parts/mine.mts", export: "points", options: { count: 40 } },
    flowMap: { module: "./parts/mine.mts", export: "flowMap", options: { width: 8 } },
    adapter: { module: "./parts/mine.mts", export: "adapter" },
    problems: [
      { name: "counts", observation: { module: "./parts/mine.mts", export: "counts" } },
      { name: "mixing", sigma: 0.1, operator: { module: "./parts/mine.mts", export: "mixing" } },
    ],
    stages: [{ kind: "joint", steps: 3, batchSize: 8, learningRate: { flowMap: 1e-3, adapter: 1e-3 } }],
    ...changes,
  });
  const run = async (name: string, content: object) => {
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(content));
    const command = ["--import", "tsx", "src/cli/main.ts", "train", path, "--out", join(folder, name), "--json"];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    return { status, stdout, stderr };
  };

  it("is trained by the command line, and its checkpoint names them again", async () => {
    await mkdir(join(folder, "parts"), { recursive: true });
    const text =
      `export { plainMlp as flowMap, plainAdapter as adapter, counts, mixing, pointsOfGaussian as points } from ${parts};\n` +
      "export const broken = { forward: () => 0 };\n";
    await writeFile(join(folder, "parts", "mine.mts"), text);
    const { status, stdout, stderr } = await run("named", configuration());
    expect([status, stderr]).toEqual([0, ""]);
    const { checkpoint } = JSON.parse(stdout) as { checkpoint: string };
    const model = await loadModel(checkpoint);
    expect(model.problems.map(({ observation }) => observation.operator.name)).toEqual(["mixing", "mixing"]);
    expect(await readdir(join(folder, "named"))).toContain("log.jsonl");
    const config = JSON.parse(await readFile(join(folder, "named", "config.json"), "utf8")) as { seed: number };
    expect(config.seed).toBe(2);
  });

  it.each<[string, object, RegExp]>([
    ["missing", { flowMap: { module: "./nowhere.js" } }, /nowhere\.js does not exist/],
    ["unexported", { flowMap: { module: "./parts/mine.mts", export: "unet" } }, /has no export "unet": it has adapter/],
    [
      "misshapen",
      { problems: [{ name: "b", sigma: 1, operator: { module: "./parts/mine.mts", export: "broken" } }] },
      /export "broken" is not a valid forward operator: it has no transpose\(\)/,
    ],
  ])("is refused in one line if a part is %s", async (name, changes, reason) => {
    const { status, stderr } = await run(name, configuration(changes));
    expect(status).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(reason);
  });
});
