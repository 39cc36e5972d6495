import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostArray, hostFull } from "../src/array/index.js";
import { decodeSafetensors, encodeSafetensors } from "../src/storage/index.js";
import { vfm } from "./support/command-line.js";
import { writeTinyCheckpoint } from "./support/tiny-model.js";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-errors-"));
  await writeTinyCheckpoint(at("model"));
  const pixels = { create: { width: 40, height: 40, channels: 3, background: "#804020" } } as const;
  await sharp(pixels).grayscale().toColourspace("b-w").png().toFile(at("gray.png"));
  await sharp(pixels).png().toFile(at("colour.png"));
  const noisy = await sharp({ create: { ...pixels.create, noise: { type: "gaussian", mean: 128, sigma: 40 } } })
    .grayscale()
    .toColourspace("b-w")
    .png()
    .toBuffer();
  await writeFile(at("truncated.png"), noisy.subarray(0, noisy.length / 2));
  await writeFile(at("text.png"), "not an image\n");
});
afterAll(() => rm(folder, { recursive: true }));

/** Every file under a folder with its content. */
async function filesUnder(path: string): Promise<Record<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.map(async (entry) => {
    const name = join(entry.parentPath, entry.name);
    return [name, entry.isFile() ? await readFile(name, "base64") : "folder"];
  });
  return Object.fromEntries((await Promise.all(files)) as [string, string][]);
}

/** Expects one clear line on stderr, nothing on stdout, exit code 2, and no file written or changed. */
async function expectRefused(argv: string[], message: RegExp): Promise<void> {
  const before = await filesUnder(folder);
  const { code, out, err } = await vfm(...argv);
  expect(err).toMatch(/^vfm: [^\n]+\n$/);
  expect(err).toMatch(message);
  expect(out).toBe("");
  expect(code).toBe(2);
  expect(await filesUnder(folder)).toEqual(before);
}

const sample = (changes: Record<string, string> = {}): string[] => {
  const options = { checkpoint: at("model"), image: at("gray.png"), problem: "denoise", out: at("out"), ...changes };
  return ["sample", ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
};
const degrade = (changes: Record<string, string> = {}): string[] => [
  "degrade",
  ...sample({ out: at("y.png"), ...changes }).slice(1),
];

/** A copy of the model without its checksums, as earlier versions wrote them: what is wrong in it is found by its reader. */
async function olderModel(name: string): Promise<string> {
  await cp(at("model"), at(name), { recursive: true });
  await rm(join(at(name), "checksums.json"));
  return at(name);
}

/** A copy of the model with other tensors. */
async function changedModel(name: string, change: (tensors: Map<string, HostArray>) => void): Promise<string> {
  const file = join(await olderModel(name), "model.safetensors");
  const tensors = decodeSafetensors(await readFile(file), file);
  change(tensors);
  await writeFile(file, encodeSafetensors(tensors));
  return at(name);
}

describe("images that cannot be used", () => {
  it.each([
    ["a missing file", "missing.png", /missing\.png cannot be read \(ENOENT\)/],
    ["a truncated file", "truncated.png", /truncated\.png is damaged or cut off/],
    ["a file that is not an image", "text.png", /text\.png is not an image/],
    ["a folder", "model", /model cannot be read \(EISDIR\)/],
    ["a device", "/dev/zero", /dev\/zero is a device, not a file/],
  ])("%s", async (_what, file, message) => {
    await expectRefused(sample({ image: resolve(folder, file) }), message);
    await expectRefused(degrade({ image: resolve(folder, file) }), message);
  });

  it.each([NaN, Infinity])("one with %s", async (value) => {
    const aty = hostFull([1, 8, 8], 0);
    aty.data[9] = value;
    await writeFile(
      at("nan.safetensors"),
      encodeSafetensors(
        new Map([
          ["aty", aty],
          ["image", aty],
        ]),
      ),
    );
    const message = new RegExp(`nan\\.safetensors: (aty|image) holds ${value} at \\[0, 1, 1\\]`);
    await expectRefused(sample({ image: at("nan.safetensors") }), message);
    await expectRefused(sample({ observation: at("nan.safetensors") }), message);
    await expectRefused(degrade({ image: at("nan.safetensors") }), message);
  });

  it("an observation of another size", async () => {
    await expectRefused(sample({ observation: at("gray.png") }), /gray\.png is 40 x 40 pixels, but 8 x 8 are wanted/);
    await writeFile(at("small.safetensors"), encodeSafetensors(new Map([["aty", hostFull([1, 4, 4], 0)]])));
    await expectRefused(sample({ observation: at("small.safetensors") }), /aty is \[1, 4, 4\].* \[1, 8, 8\]/);
    await writeFile(at("other.safetensors"), encodeSafetensors(new Map([["x", hostFull([1, 8, 8], 0)]])));
    await expectRefused(sample({ observation: at("other.safetensors") }), /has no tensor "aty"/);
  });

  it("an observation of another problem, or with another noise", async () => {
    const aty = new Map([["aty", hostFull([1, 8, 8], 0)]]);
    const made = { problem: "inpaint-box", operator: "box-inpainting", sigma: "0.1" };
    const path = at("made.safetensors");
    const given = (problem: string) => sample({ observation: path, problem });
    await writeFile(path, encodeSafetensors(aty, { metadata: made }));
    await expectRefused(
      given("denoise"),
      /made\.safetensors was observed with problem inpaint-box, denoise of this model/,
    );
    await writeFile(path, encodeSafetensors(aty, { metadata: { ...made, sigma: "0.3" } }));
    await expectRefused(given("inpaint-box"), /was observed with sigma 0\.3, inpaint-box of this model has sigma 0\.1/);
    await writeFile(path, encodeSafetensors(aty, { metadata: { ...made, operator: "identity" } }));
    await expectRefused(given("inpaint-box"), /was observed with operator identity/);
  });
});

describe("checkpoints that cannot be used", () => {
  it("a missing folder", () =>
    expectRefused(sample({ checkpoint: at("nowhere") }), /checkpoint\.json cannot be read \(ENOENT\)/));

  it("a missing, a misshapen and an unknown tensor", async () => {
    const name = "adapter.layers.0.weight";
    const missing = await changedModel("missing-tensor", (tensors) => tensors.delete(name));
    await expectRefused(sample({ checkpoint: missing }), /tensor adapter\.layers\.0\.weight is missing/);
    const misshapen = await changedModel("misshapen", (tensors) => tensors.set(name, hostFull([3, 4], 0)));
    await expectRefused(
      sample({ checkpoint: misshapen }),
      /tensor adapter\.layers\.0\.weight is float32 \[3, 4\], .* needs/,
    );
    const extra = await changedModel("extra", (tensors) => tensors.set("other", hostFull([1], 0)));
    await expectRefused(sample({ checkpoint: extra }), /tensor other belongs to no part of the model/);
  });

  it("a truncated header, a truncated file, one that is empty", async () => {
    const file = join(await olderModel("cut"), "model.safetensors");
    const bytes = await readFile(file);
    for (const [length, message] of [
      [40, /header truncated/],
      [bytes.length - 4, /ends beyond the file/],
      [0, /too short for a header/],
    ] as const) {
      await writeFile(file, bytes.subarray(0, length));
      await expectRefused(sample({ checkpoint: at("cut") }), message);
      await expectRefused(["export", "--checkpoint", at("cut"), "--onnx", at("sampler.onnx")], message);
    }
  });

  it("metadata that is not JSON, or has an unknown key", async () => {
    const file = join(await olderModel("metadata"), "checkpoint.json");
    const metadata = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, "{");
    await expectRefused(sample({ checkpoint: at("metadata") }), /checkpoint\.json is not JSON/);
    await writeFile(file, JSON.stringify({ ...metadata, colour: "red" }));
    await expectRefused(sample({ checkpoint: at("metadata") }), /checkpoint\.json: .*colour/);
  });
});

describe("training configurations that cannot be used", () => {
  const config = {
    seed: 0,
    data: { kind: "checkerboard" },
    flowMap: { model: "mlp", shape: [2] },
    stages: [{ kind: "flow-matching", steps: 1, batchSize: 4, learningRate: 1e-3 }],
  };

  it.each([
    ["an unknown key", { ...config, sead: 1 }, /bad\.json: .*sead/],
    ["an unknown key of a stage", { ...config, stages: [{ ...config.stages[0], rate: 1 }] }, /stages\.0: .*rate/],
    ["an unknown key of a model", { ...config, flowMap: { ...config.flowMap, deep: 3 } }, /deep/],
    ["an unknown model", { ...config, flowMap: { model: "resnet", shape: [2] } }, /"resnet": use one of/],
    ["no stages", { ...config, stages: [] }, /bad\.json: stages/],
  ])("%s", async (_what, content, message) => {
    await writeFile(at("bad.json"), JSON.stringify(content));
    await expectRefused(["train", at("bad.json"), "--out", at("run")], message);
  });

  it("a missing file, and one that is not JSON", async () => {
    await expectRefused(["train", at("none.json"), "--out", at("run")], /none\.json cannot be read/);
    await writeFile(at("broken.json"), "{");
    await expectRefused(["train", at("broken.json"), "--out", at("run")], /broken\.json is not JSON/);
  });
});

describe("command lines that cannot be used", () => {
  it.each([
    ["an unknown command", ["smaple"], /unknown command 'smaple' \(Did you mean sample\?\)/],
    ["an unknown option", ["train", "x.json", "--rezume"], /unknown option '--rezume'/],
    ["a missing option", ["sample", "--problem", "denoise"], /required option '--out <dir>' not specified/],
    ["no input", ["sample", "--problem", "denoise", "--out", "x"], /give --image .* or --observation/],
    ["a number that is none", ["demo", "--seed", "x"], /It has to be an integer, from 0 to 2\^53 - 1/],
    ["a number that is too large", ["demo", "--seed", "9007199254740993"], /from 0 to 2\^53 - 1/],
    ["a time that is none", ["import", "x.pt", "--out", "x", "--data-at-time", "2"], /Allowed choices are 0, 1/],
    ["one file for two", ["judge", "--results", "r.json", "--tables", "./r.json"], /name the same file, r.json/],
    ["a superfluous word", ["export", "--onnx", "x", "y"], /too many arguments/],
    ["an unknown engine", ["train", "x.json", "--backend", "torch"], /Allowed choices are onnx, jax/],
  ])("%s", (_what, argv, message) => expectRefused(argv, message));

  it("an unknown problem", async () => {
    await expectRefused(sample({ problem: "dehaze" }), /no problem "dehaze": use one of denoise, inpaint-random/);
    await expectRefused(degrade({ problem: "dehaze" }), /no problem "dehaze"/);
  });

  it("an output of another kind, or one that cannot be written", async () => {
    await expectRefused(degrade({ out: at("y.jpg") }), /has to end in \.png or \.safetensors/);
    await expectRefused(degrade({ out: at("gray.png/y.png") }), /cannot be written/);
    await expectRefused(sample({ out: at("gray.png") }), /cannot be written/);
    await mkdir(at("taken.onnx"), { recursive: true });
    await expectRefused(["export", "--checkpoint", at("model"), "--onnx", at("taken.onnx")], /cannot be written/);
  });
});
