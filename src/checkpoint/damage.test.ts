import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namedLeaves, randomSource } from "../array/index.js";
import { InputError } from "../errors.js";
import { mlp, mlpAdapter, specOf } from "../models/index.js";
import { imageProblem } from "../operators/index.js";
import { encodeSafetensors, readTree } from "../storage/index.js";
import { networkForms, writeCheckpoint } from "./checkpoint.js";
import { loadCheckpoint } from "./load-model.js";
import { writeUpdates } from "./observation-updates.js";

const shape = [1, 2, 2];
const problems = [imageProblem("denoise", { sigma: 0.5 }), imageProblem("inpaint-box", { sigma: 0.1 })];
const networks = {
  flowMap: mlp({ shape, depth: 1, width: 4 }),
  adapter: mlpAdapter({ observationShape: shape, shape, depth: 1, width: 4, problems: 6 }),
};
const update = { temperature: 1, residual: 0.1, power: 0, saturation: 1 };

let folder: string;
const at = (name: string): string => join(folder, name);

async function writeModel(name: string, seed: number): Promise<void> {
  const random = randomSource(seed, "model");
  const parameters = {
    flowMap: networks.flowMap.initialise(random),
    adapter: networks.adapter.initialise(random),
  };
  const about = { sampleShape: shape, model: specOf(networks, problems), training: {}, stages: [] };
  await writeCheckpoint(at(name), parameters, about);
  const variances = [1, 2, 3, seed];
  await writeUpdates(at(name), { format: 1, variances, problems: { denoise: update, "inpaint-box": update } });
}

/** The error message of loading, in one line. */
async function complaint(name: string): Promise<string> {
  const error: unknown = await loadCheckpoint(at(name)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  const { message } = error as InputError;
  expect(message).not.toContain("\n");
  return message;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "damage-"));
  await writeModel("whole", 1);
  await writeModel("other", 2);
});
afterAll(() => rm(folder, { recursive: true }));

describe("a checkpoint", () => {
  it("of a noise adapter alone is refused by its name", async () => {
    const { adapter } = networks;
    const about = { sampleShape: shape, model: specOf({ adapter }, problems), training: {}, stages: [] };
    await writeCheckpoint(at("adapter"), { adapter: adapter.initialise(randomSource(1, "model")) }, about);
    expect(await complaint("adapter")).toMatch(/adapter has no flow map, only a noise adapter: give/);
  });

  it("loads as it was written", async () => {
    const { model } = await loadCheckpoint(at("whole"));
    expect([...(model.updates?.keys() ?? [])]).toEqual(["denoise", "inpaint-box"]);
    expect((await readdir(at("whole"))).sort()).toEqual([
      "checkpoint.json",
      "checksums.json",
      "model.safetensors",
      "updates.json",
    ]);
  });

  it.each(["model.safetensors", "checkpoint.json", "updates.json", "checksums.json"])(
    "is refused with any bit of %s turned",
    async (file) => {
      const random = randomSource(3, file);
      const whole = await readFile(at(`whole/${file}`));
      await cp(at("whole"), at("flipped"), { recursive: true });
      for (let trial = 0; trial < 40; trial++) {
        const bytes = Buffer.from(whole);
        bytes[Math.floor(random.uniform() * bytes.length)] ^= 1 << Math.floor(random.uniform() * 8);
        await writeFile(at(`flipped/${file}`), bytes);
        expect(await complaint("flipped")).toContain("flipped");
      }
      await rm(at("flipped"), { recursive: true });
    },
  );

  it.each(["model.safetensors", "checkpoint.json", "updates.json"])(
    "is refused with %s of another model, or without it",
    async (file) => {
      await cp(at("whole"), at("mixed"), { recursive: true });
      await cp(at(`other/${file}`), at(`mixed/${file}`));
      if (file !== "checkpoint.json") expect(await complaint("mixed")).toMatch(/to another folder.*checksums\.json/);
      await rm(at(`mixed/${file}`));
      expect(await complaint("mixed")).toMatch(/is missing, .*checksums\.json names it/);
      await rm(at("mixed"), { recursive: true });
    },
  );

  it("is refused with a problem renamed in its updates, or weights that are not numbers", async () => {
    await cp(at("whole"), at("edited"), { recursive: true });
    const updates = await readFile(at("edited/updates.json"), "utf8");
    await writeFile(at("edited/updates.json"), updates.replace("denoise", "deblur"));
    expect(await complaint("edited")).toContain("updates.json is damaged");
    await rm(at("edited/checksums.json"));
    await rename(at("edited/updates.json"), at("updates.json"));
    const bias = { shape: [4], data: Float32Array.of(0, Number.NaN, 0, 0) };
    const parameters = await readTree(at("edited/model.safetensors"), networkForms(networks));
    const tensors = new Map(namedLeaves(parameters).map(({ name, array }) => [name, array]));
    tensors.set("flowMap.layers.0.bias", bias);
    await writeFile(at("edited/model.safetensors"), encodeSafetensors(tensors));
    expect(await complaint("edited")).toMatch(/flowMap\.layers\.0\.bias holds NaN at place 1/);
  });

  it("that an earlier version wrote, without checksums, loads", async () => {
    await cp(at("whole"), at("older"), { recursive: true });
    await rm(at("older/checksums.json"));
    expect((await loadCheckpoint(at("older"))).problems).toHaveLength(2);
  });
});
