import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, hostFull, mapHostTree } from "../array/index.js";
import { liveFunctions } from "../compile/index.js";
import { autoencoderModel } from "../models/index.js";
import { writePng } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { readCheckpoint, writeAutoencoder } from "../checkpoint/index.js";
import { parseTrainConfig, resolve, type TrainConfig } from "./configuration/index.js";
import { readLog } from "./log.js";
import { train } from "./train.js";
import { trainFrom } from "../../test/support/train-from.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-labelled-"));
  for (let i = 0; i < 9; i++) {
    const wordNet = join(folder, "train", `n0${i % 3}`);
    await mkdir(wordNet, { recursive: true });
    await writePng(join(wordNet, `${i}.png`), hostFull([3, 16, 16], i / 5 - 0.8));
    await rename(join(wordNet, `${i}.png`), join(wordNet, `${i}.JPEG`));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// The form of the published run at a hundred-thousandth of its size: labelled latents of streamed images.
const adapterStage = {
  kind: "adapter",
  steps: 3,
  batchSize: 4,
  accumulate: 2,
  learningRate: 1e-3,
  reduction: "mean",
  observationSpace: "transposed",
};
const config = (stage: object = adapterStage, changes: object = {}): TrainConfig =>
  parseTrainConfig(
    {
      seed: 4,
      data: { kind: "imagenet", folder, size: 16 },
      autoencoder: { model: "autoencoder-kl", imageShape: [3, 16, 16], channels: [4, 4], blocks: 1, groups: 2 },
      flowMap: { model: "dmft", shape: [4, 8, 8], patch: 4, width: 8, depth: 1, heads: 2, classes: 3 },
      adapter: {
        model: "adapter-unet",
        observationShape: [3, 16, 16],
        shape: [4, 8, 8],
        channels: 4,
        multipliers: [1],
        embedding: 4,
      },
      problems: [{ name: "super-resolution", sigma: 0.05 }],
      stages: [stage],
      checkpointPrecision: "bfloat16",
      logEvery: 1,
      ...changes,
    },
    "test",
  );

describe("a run on streamed, labelled images in an autoencoder's latents", () => {
  it("trains, and resumed in the middle ends with the bits of an uninterrupted one", async () => {
    const whole = join(folder, "whole");
    const parts = join(folder, "parts");
    const before = liveFunctions();
    await trainFrom(config(), { out: whole });
    expect(liveFunctions()).toBe(before);
    const stop = new AbortController();
    const stopped = await trainFrom(config(), {
      out: parts,
      signal: stop.signal,
      onProgress: ({ step }) => step === 2 && stop.abort(),
    });
    expect(stopped.complete).toBe(false);
    await trainFrom(config(), { out: parts, resume: true });
    const model = (run: string): Promise<Buffer> => readFile(join(run, "checkpoint", "model.safetensors"));
    expect((await model(whole)).equals(await model(parts))).toBe(true);
    const log = await readLog(join(whole, "log.jsonl"));
    expect(log).toHaveLength(3);
    for (const { measures } of log) expect(Object.values(measures).every(Number.isFinite)).toBe(true);
  });

  it("resumes with the autoencoder of its state, though the initial one is not given again", async () => {
    const { networks } = await readCheckpoint(join(folder, "whole", "checkpoint"));
    const run = await resolve(config({ kind: "flow-matching", steps: 3, batchSize: 4, learningRate: 1e-3 }));
    const autoencoder = mapHostTree(networks.autoencoder, ({ shape, data }) =>
      hostArray(
        data.map((value) => 1.5 * value),
        shape,
      ),
    );
    const initial = { ...networks, autoencoder };
    const [whole, parts] = [join(folder, "own-whole"), join(folder, "own-parts")];
    const stop = new AbortController();
    await train({ ...run, initial }, { out: whole });
    const onProgress = ({ step }: { step: number }) => step === 1 && stop.abort();
    await train({ ...run, initial }, { out: parts, signal: stop.signal, onProgress });
    await train({ ...run, initial: undefined }, { out: parts, resume: true });
    const log = async (out: string) => (await readLog(join(out, "log.jsonl"))).map(({ measures }) => measures);
    expect(await log(parts)).toEqual(await log(whole));
  });

  it("is guided by a teacher: another run's flow map", async () => {
    const teacher = join(folder, "whole", "checkpoint");
    const guidance = { omega: 1, by: "teacher" };
    const stage = { kind: "flow-matching", steps: 1, batchSize: 3, learningRate: 1e-3, guidance };
    const run = trainFrom(config(stage, { teacher, initialFrom: teacher }), { out: join(folder, "student") });
    expect((await run).complete).toBe(true);
  });

  it("takes the autoencoder that is named, whatever autoencoder its initial checkpoint has", async () => {
    const initialFrom = join(folder, "whole", "checkpoint");
    const { networks, metadata } = await readCheckpoint(initialFrom);
    const autoencoderFrom = join(folder, "autoencoder");
    const parameters = mapHostTree(networks.autoencoder, ({ shape }) => hostFull(shape, 0.25));
    const { config: ofAutoencoder } = autoencoderModel(metadata.model.autoencoder);
    await writeAutoencoder(autoencoderFrom, { config: ofAutoencoder, parameters }, "float32");
    const { initial } = await resolve(config(adapterStage, { initialFrom, autoencoderFrom }));
    expect(initial?.autoencoder).toEqual(parameters);
    expect(initial?.flowMap).toEqual(networks.flowMap);
  });

  it.each<[string, () => object, RegExp]>([
    ["labels that the flow map does not know", () => ({ flowMap: { ...config().flowMap, classes: 2 } }), /3 classes/],
    ["images of another size", () => ({ data: { kind: "imagenet", folder, size: 8 } }), /autoencoder\.imageShape/],
    ["a teacher that is not there", () => ({ teacher: join(folder, "nobody") }), /nobody/],
  ])("refuses %s", async (_name, changes, reason) => {
    const run = trainFrom(config(adapterStage, changes()), { out: join(folder, "refused") });
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(reason);
  });
});
