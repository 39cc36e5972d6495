import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { readJson } from "../../src/storage/index.js";
import { parseTrainConfig, readTrainConfig, type TrainConfig } from "../../src/train/configuration/index.js";
import { drawCases } from "./cases.js";
import { evaluateExact } from "./evaluation.js";
import { InterruptedPhase, phasesOf } from "./phases.js";
import { landingLetter } from "./planes.js";
import { resultSchema } from "./result.js";
import { type CheckerboardRun, runCheckerboard } from "./run.js";
import { cellsOf, runSweep, sweepSchema } from "./sweep.js";
import { settingsText } from "./sweep-text.js";

const step = { steps: 4, batchSize: 64 };
const config: TrainConfig = parseTrainConfig(
  {
    seed: 2,
    data: { kind: "checkerboard", points: 200 },
    flowMap: { model: "mlp", shape: [2], width: 16, depth: 1 },
    adapter: { model: "mlp", shape: [2], observationShape: [2], width: 16, depth: 1 },
    problems: [{ name: "first-coordinate", sigma: 0.1 }],
    stages: [
      { kind: "flow-matching", ...step, learningRate: 1e-3 },
      { kind: "joint", ...step, learningRate: { flowMap: 1e-3, adapter: 1e-2 }, klWeight: 0.5 },
    ],
    logEvery: 1,
  },
  "test",
);
const size = { pairs: 6, samples: 5, priorSamples: 20 };
let folder = "";
const options = (name: string): CheckerboardRun => ({
  preset: "tiny",
  folder: join(folder, name),
  resume: false,
  size,
  backend: "onnx",
  threads: 1,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-checkerboard-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the checkerboard experiment", () => {
  it("stopped and resumed ends with the numbers of an uninterrupted run, in the kept shape", async () => {
    const whole = await runCheckerboard(config, options("whole"));
    expect(resultSchema.parse(whole.result)).toMatchObject({ preset: "tiny", iterations: 4, pairs: 6, samples: 5 });
    expect(whole.figures.planes.joint.landing).toHaveLength(160);
    expect(new Set(whole.figures.losses.map(({ phase }) => phase))).toEqual(new Set(["base", "joint", "frozen"]));

    const stop = new AbortController();
    const stopped = runCheckerboard(config, {
      ...options("stopped"),
      signal: stop.signal,
      onProgress: (_done, label) => {
        if (label.startsWith("joint: joint, step 2/")) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(InterruptedPhase);
    const resumed = await runCheckerboard(config, { ...options("stopped"), resume: true });
    expect({ ...resumed.result, seconds: 0 }).toEqual({ ...whole.result, seconds: 0 });
    expect(resumed.figures).toEqual(whole.figures);
  });

  it("trains the baseline as long as the joint model, in the same way", () => {
    const phases = phasesOf(config, folder, 8);
    const { stages } = phases.frozen;
    expect(stages).toMatchObject([{ kind: "adapter", steps: 8, klWeight: 0.5, learningRate: 1e-2 }]);
    expect(phases.base.stages.map(({ kind }) => kind)).toEqual(["flow-matching"]);
    expect(() => phasesOf({ ...config, stages: config.stages.slice(0, 1) }, folder)).toThrow(InputError);
  });

  it("starts the joint model from the stage of the base that it names, the baseline from the last", () => {
    const [flowMatching, ...joint] = config.stages;
    const named = { ...joint[0], startFrom: { stage: 0 } };
    const phases = phasesOf({ ...config, stages: [flowMatching, flowMatching, named, ...joint.slice(1)] }, folder);
    expect(phases.joint().initialFrom).toBe(join(folder, "base", "stages", "0-flow-matching"));
    expect(phases.frozen.initialFrom).toBe(join(folder, "base", "checkpoint"));
    expect([...phases.joint().stages, ...phases.frozen.stages].map(({ startFrom }) => startFrom)).not.toContainEqual({
      stage: 0,
    });
    expect(() => phasesOf({ ...config, stages: [flowMatching, joint[0], named] }, folder)).toThrow(/only the first/);
  });

  it("sweeps every combination, and leaves out the cells that have their file", async () => {
    const scored = { name: "scored", settings: { score: { energyWeight: 2, priorWeight: 1 } }, adapter: {} };
    const cells = cellsOf({ grid: { tau: [0.1, 1], detachNoise: [true] }, cells: [scored] });
    expect(cells.map(({ name }) => name)).toEqual(["tau-0.1_detachNoise-true", "tau-1_detachNoise-true", "scored"]);
    const settings = { batchSize: 32 };
    await runSweep(config, { settings, cells: cells.slice(0, 1) }, options("sweep"));
    const first = await readFile(join(folder, "sweep", "sweep", "tau-0.1_detachNoise-true.json"), "utf8");
    const { cells: kept } = await runSweep(config, { settings, cells }, { ...options("sweep"), resume: true });
    expect(kept.map((cell) => cell.settings)).toMatchObject([
      { score: scored.settings.score, batchSize: 32 },
      { tau: 0.1, batchSize: 32 },
      { tau: 1, batchSize: 32 },
    ]);
    for (const run of ["frozen", cells[0].name]) {
      const { stages } = JSON.parse(
        await readFile(join(folder, "sweep", "cells", run, "config.json"), "utf8"),
      ) as TrainConfig;
      expect(stages.map(({ batchSize }) => batchSize)).toEqual([32]);
    }
    expect(settingsText(kept, kept[0])).toBe("score (energyWeight 2, priorWeight 1)");
    expect(kept[0].joint).not.toEqual(kept[1].joint);
    expect(await readFile(join(folder, "sweep", "sweep", "tau-0.1_detachNoise-true.json"), "utf8")).toBe(first);
    expect(await readdir(join(folder, "sweep", "sweep"))).toHaveLength(4);
    const again = (common: object) =>
      runSweep(config, { settings: { ...common }, cells }, { ...options("sweep"), resume: true });
    await expect(again({ batchSize: 16 })).rejects.toThrow(/baseline.json: its settings are {"batchSize":32}/);
    const [cell] = cells;
    const other = { ...cell, settings: { ...cell.settings, detachNoise: false } };
    await expect(runSweep(config, { settings, cells: [other] }, { ...options("sweep"), resume: true })).rejects.toThrow(
      /tau-0.1_detachNoise-true.json: its settings are/,
    );
    const wrong = phasesOf(config, folder);
    expect(() => wrong.joint({ settings: { alhpa: 1 } })).toThrow(/alhpa/);
  });

  it("has a sweep whose cells are variants of its preset, tau constant or not", async () => {
    const sweep = await readJson("studies/checkerboard/sweep.json", sweepSchema);
    const phases = phasesOf(await readTrainConfig(`studies/checkerboard/${sweep.preset}.json`), folder);
    const cells = cellsOf(sweep);
    expect(new Set(cells.map((cell) => cell.name)).size).toBe(cells.length);
    for (const cell of cells) {
      const [stage] = phases.joint(cell).stages;
      const { tau = 1 } = cell.settings;
      expect(stage).toMatchObject({ tau: typeof tau === "object" ? tau : { start: tau, end: tau } });
    }
  });

  it("has presets that are training configurations", async () => {
    for (const preset of ["quick", "paper", "best"])
      expect(phasesOf(await readTrainConfig(`studies/checkerboard/${preset}.json`), folder).sigma).toBe(0.1);
  });
});

describe("the floor", () => {
  it("lies where closed forms put it", () => {
    const large = { pairs: 400, samples: 60, priorSamples: 2000 };
    const { k1 } = evaluateExact(drawCases(0.1, large, 1), large, 1);
    expect([k1.supportPosterior, k1.supportPrior]).toEqual([1, 1]);
    // Away from the edges y' | y is N(y, 2 sigma^2): the entropy 1/2 log(4 pi e sigma^2) = -0.54.
    expect(Math.abs(k1.nlpd - 0.5 * Math.log(4 * Math.PI * Math.E * 0.01))).toBeLessThan(0.12);
    expect(k1.mmdPosterior).toBeLessThan(0.06);
    // The V-statistic of 60 samples is too high by E|X - X'| / 120, about a hundredth.
    expect(k1.crps - k1.crpsFair).toBeGreaterThan(0.005);
    expect(k1.crps - k1.crpsFair).toBeLessThan(0.015);
  });

  it("names squares by their place", () => {
    expect([landingLetter(-1.5, -1.5), landingLetter(1.5, 1.5), landingLetter(-0.5, -1.5)]).toEqual(["a", "p", "."]);
  });
});
