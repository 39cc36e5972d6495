import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostFull, randomSource } from "../array/index.js";
import { writePng } from "../node/data/index.js";
import { adapterModel, flowMapModel } from "../models/index.js";
import { mnistProblems } from "../operators/index.js";
import { writeCheckpoint } from "../checkpoint/index.js";
import { aboutUntrained, parseTrainConfig } from "../train/configuration/index.js";
import { vfm } from "../../test/support/command-line.js";

let folder: string;
let checkpoint: string;

const shape = [1, 8, 8];
const configuration = parseTrainConfig(
  {
    seed: 0,
    data: { kind: "mnist" },
    flowMap: { model: "dmft", shape, patch: 4, width: 8, depth: 2, heads: 2, classes: 3 },
    adapter: { model: "mlp", observationShape: shape, shape, problems: 6, depth: 1, width: 8 },
    problems: mnistProblems,
    stages: [{ kind: "flow-matching", steps: 1, batchSize: 1, learningRate: 1e-3 }],
  },
  "tiny labelled model",
);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-sample-"));
  checkpoint = join(folder, "checkpoint");
  const networks = {
    flowMap: flowMapModel(configuration.flowMap).initialise(randomSource(0, "flowMap")),
    adapter: adapterModel(configuration.adapter).initialise(randomSource(0, "adapter")),
  };
  await writeCheckpoint(checkpoint, networks, await aboutUntrained(configuration));
  await writePng(join(folder, "image.png"), hostFull(shape, 0.3));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sample = (...options: string[]) =>
  vfm(
    ...["sample", "--checkpoint", checkpoint, "--image", join(folder, "image.png"), "--problem", "denoise"],
    ...["--samples", "2", "--json", "--out", join(folder, "out"), ...options],
  );

describe("vfm sample", () => {
  it.each([
    { options: ["--steps", "3"], evaluations: 3 },
    { options: ["--steps", "3", "--sampler", "restart"], evaluations: 3 },
    { options: ["--steps", "2", "--sampler", "ctm", "--gamma", "0.5", "--label", "1"], evaluations: 2 },
    {
      options: ["--steps", "2", "--label", "2", "--guidance", "2", "--guidance-interval", "0.6,1", "--device", "cpu"],
      evaluations: 3,
    },
  ])("with $options takes $evaluations evaluations", async ({ options, evaluations }) => {
    const { code, out, err } = await sample(...options);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ evaluations, samples: 2 });
  });

  it.each([
    { options: ["--sampler", "ctm"], reason: "needs gamma" },
    { options: ["--gamma", "0.5"], reason: "has no gamma" },
    { options: ["--label", "3"], reason: "no label 3" },
    { options: ["--guidance", "2"], reason: "give a label" },
    { options: ["--guidance-interval", "0,1"], reason: "give --guidance too" },
    { options: ["--guidance-interval", "0.9,0.1"], reason: "low <= high" },
    { options: ["--gamma", "2"], reason: "from 0 to 1" },
    // Direct3D is there on Windows alone, Core ML on macOS alone.
    { options: ["--device", process.platform === "win32" ? "coreml" : "dml"], reason: "cannot be used here" },
    { options: ["--device", "abacus"], reason: "cpu, cuda, coreml, dml, webgpu" },
  ])("refuses $options in one line", async ({ options, reason }) => {
    const { code, out, err } = await sample(...options);
    expect(code).toBe(2);
    expect(err).toContain(reason);
    expect(err).toBe(`vfm: ${(JSON.parse(out) as { error: string }).error}\n`);
    expect(err.trim()).not.toContain("\n");
  });
});
