import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostArray, randomSource } from "../../src/array/index.js";
import { writePng } from "../../src/node/data/index.js";
import { vfm } from "../support/command-line.js";

const step = { steps: 3, batchSize: 24, learningRate: 1e-2 };
const jointStep = { ...step, learningRate: { flowMap: 1e-3, adapter: 1e-2 } };
const logEvery = 1;
const image = [1, 8, 8];
const imageData = (folder: string) => ({ kind: "images", folder, channels: 1, height: 8, width: 8 });

// Points, images and the latents of labelled images; every kind of stage, and every source of random numbers of theirs.
const configurations = (images: string) => ({
  points: {
    seed: 4,
    data: { kind: "checkerboard", points: 100 },
    flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
    adapter: { model: "mlp", shape: [2], observationShape: [2], width: 8, depth: 1 },
    conditional: { model: "residual-mlp", shape: [2], width: 8, depth: 1, embedding: 4, problems: 1 },
    problems: [{ name: "first-coordinate", sigma: 0.1 }],
    stages: [
      { kind: "flow-matching", ...step, timeLaw: { kind: "logit-normal" } },
      { kind: "mean-flow", ...step, wholeJumpShare: 0.5, adaptiveWeight: {} },
      { kind: "mean-flow", ...step, jumpTarget: "composition" },
      { kind: "distillation", ...step, trajectories: 40, nodes: 3, alpha: 0.5 },
      { kind: "adapter", ...step },
      { kind: "conditional-flow-matching", ...step },
      { kind: "joint", ...jointStep, tau: { start: 1, end: 0.5 }, observationFlowMap: "average" },
    ],
    logEvery,
  },
  conditional: {
    seed: 7,
    data: { kind: "checkerboard", points: 100 },
    conditional: { model: "residual-mlp", shape: [2], width: 8, depth: 1, embedding: 4, problems: 1 },
    problems: [{ name: "first-coordinate", sigma: 0.1 }],
    stages: [
      { kind: "conditional-mean-flow", ...step, jumpShare: 0.5 },
      { kind: "conditional-score", ...step, draws: 3 },
    ],
    logEvery,
  },
  images: {
    seed: 5,
    data: imageData(images),
    flowMap: { model: "residual-mlp", shape: image, width: 8, depth: 1, embedding: 4, predict: "data" },
    adapter: {
      model: "residual-mlp",
      shape: image,
      width: 8,
      depth: 1,
      embedding: 4,
      problems: 6,
      basis: "principal",
    },
    problems: ["denoise", "inpaint-random", "inpaint-box", "super-resolution", "gaussian-blur", "motion-blur"].map(
      (name) => ({ name, sigma: 0.3 }),
    ),
    stages: [
      { kind: "joint", ...jointStep, jumpShare: 0.5, accumulate: 2, observationSpace: "transposed" },
      { kind: "adapter", ...step },
    ],
    logEvery,
  },
  latents: {
    seed: 6,
    data: imageData(images),
    autoencoder: { model: "autoencoder-kl", imageShape: image, channels: [4, 4], blocks: 1, groups: 2 },
    flowMap: { model: "dmft", shape: [4, 4, 4], patch: 2, width: 8, depth: 1, heads: 2, classes: 3 },
    adapter: {
      model: "adapter-unet",
      observationShape: image,
      shape: [4, 4, 4],
      channels: 4,
      multipliers: [1],
      embedding: 4,
    },
    problems: [{ name: "super-resolution", sigma: 0.1 }],
    stages: [
      { kind: "mean-flow", ...step, labelDropout: 0.5, guidance: { omega: 1 } },
      { kind: "adapter", ...step, batchSize: 4, reduction: "mean" },
    ],
    logEvery,
  },
});

interface LogLine {
  stage: number;
  kind: string;
  step: number;
  measures: Record<string, number>;
}

/** What the first steps of every kind of stage measure: their losses and the norms of their gradients. */
export async function goldenTraining(): Promise<Record<string, Record<string, number>>> {
  const folder = await mkdtemp(join(tmpdir(), "vfm-golden-"));
  try {
    const images = join(folder, "images");
    await writeImages(images);
    const measured: Record<string, Record<string, number>> = {};
    for (const [name, configuration] of Object.entries(configurations(images))) {
      const path = join(folder, `${name}.json`);
      const run = join(folder, "runs", name);
      await writeFile(path, JSON.stringify(configuration));
      const { code, err } = await vfm("train", path, "--out", run, "--json");
      if (code !== 0) throw new Error(err);
      const lines = (await readFile(join(run, "log.jsonl"), "utf8")).trim().split("\n");
      for (const { stage, kind, step, measures } of lines.map((line) => JSON.parse(line) as LogLine))
        measured[`${name}, stage ${stage} ${kind}, step ${step}`] = measures;
    }
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Forty images of noise in three classes. */
async function writeImages(folder: string): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const ofClass = join(folder, `class-${i % 3}`);
    await mkdir(ofClass, { recursive: true });
    const { data } = randomSource(9, "golden image", i).uniformArray(image);
    const pixels = data.map((value) => 2 * value - 1);
    await writePng(join(ofClass, `${i}.png`), hostArray(pixels, image));
  }
}
