import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mixedModel } from "../benchmarks/mixed-calls.js";
import { type CommandResult, vfm } from "./support/command-line.js";
import { reportError } from "../src/cli/command.js";
import { add, firstRows, type HostArray, hostFull, hostZeros, type NDArray, randomSource } from "../src/array/index.js";
import { compile } from "../src/compile/index.js";
import { InputError } from "../src/errors.js";
import { readCheckpoint } from "../src/public/checkpoint.js";
import { loadModel, observe, restoreImage, samplePosterior, samplePrior } from "../src/public/index.js";
import { problemSamplerOnnx, samplerOnnx } from "../src/public/vfm.js";

const model = mixedModel();
const problem = model.problem("half");
const image = hostFull([1, 4], 0.1);
const [empty, plain] = [hostFull([0, 4], 0), [1, 2, 3, 4]];

it.each<[string, () => unknown, RegExp]>([
  ["an empty batch", () => observe(problem, empty, { seed: 1 }), /there is no image/],
  [
    "an empty observation",
    () => samplePosterior(model, { problem, transposed: empty }, { samples: 1, seed: 1 }),
    /holds no observation/,
  ],
  ["an empty example", () => compile((x: NDArray) => add(x, 1), [empty]), /is \[0, 4\]: a function is compiled for/],
  [
    "an unknown sampler",
    () => samplePrior(model, { samples: 1, seed: 1, sampler: "foo" as "euler" }),
    /it has to be one of euler/,
  ],
  [
    "a plain array to sample from",
    () => observe(problem, plain as unknown as HostArray, { seed: 1 }),
    /has to be an array \{ shape, data \}/,
  ],
  ["a plain array to add", () => add(plain as unknown as NDArray, 1), /was given something else/],
  ["data on the host to add", () => add(image as unknown as NDArray, 1), /wrap the data in constant/],
  ["a billion samples", () => samplePrior(model, { samples: 1e9, seed: 1 }), /1000000000 samples .* draw fewer/],
  ["an array beyond memory", () => hostZeros([1e9, 1e9]), /too many for the memory/],
  ["an array of numbers beyond memory", () => randomSource(0).normalArray([1e11]), /too many for the memory/],
  ["more rows than can be counted", () => firstRows(image, 1e308), /wanted is 1e\+308, .* an integer, 0 or more/],
  ["a negative length", () => hostFull([2, -1], 0), /-1 cannot be a length/],
  [
    "an image in doubles",
    () => observe(problem, { shape: [1, 4], data: new Float64Array(4) } as never, { seed: 1 }),
    /data a Float32Array/,
  ],
  ["a flat image", () => observe(problem, hostFull([4], 0), { seed: 1 }), /the images are \[4\]/],
  [
    "no observation",
    () => samplePosterior(model, null as never, { samples: 1, seed: 1 }),
    /an observation has \{ problem, y, transposed, parameters \}/,
  ],
  ["a folder that is no name", () => readCheckpoint(undefined as never), /readCheckpoint: give folder/],
  ["no network", () => loadModel("mnist", { flowMap: 7 as never }), /flowMap is 7, it has to be a network/],
  ["a misspelt part", () => loadModel("mnist", { flowmap: {} } as never), /did you mean "flowMap"/],
  ["an export of no sample", () => samplerOnnx(model, { steps: 1, batch: 0 }), /batch is 0, it has to be a positive/],
  ["an export of no model", () => samplerOnnx(7 as never, { steps: 1, batch: 1 }), /samplerOnnx: the model is 7/],
  [
    "an export of no problem",
    () => problemSamplerOnnx(model, undefined as never, { steps: 1, batch: 1 }),
    /give the problem, an object/,
  ],
  [
    "an image that no model restores",
    () => restoreImage(7 as never, problem, image, { samples: 1, seed: 1 }),
    /the model is 7/,
  ],
  ["a model that is no name", () => loadModel(5 as unknown as string), /give the name of a shipped model/],
])("%s is refused in one line of ours", async (_what, call, message) => {
  const refused = (async () => call())();
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toThrow(message);
});

it("a run's folder is not a checkpoint: its own is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfm-run-"));
  await mkdir(join(folder, "checkpoint"));
  await writeFile(join(folder, "checkpoint", "checkpoint.json"), "{}");
  await expect(loadModel(folder)).rejects.toThrow(
    `${folder} is a run's folder: its checkpoint is ${folder}/checkpoint`,
  );
  await rm(folder, { recursive: true });
});

it.each<[Error, number, RegExp]>([
  [new RangeError("Invalid array length"), 2, /too large for the memory: ask for fewer/],
  [new RangeError("Array buffer allocation failed"), 2, /too large for the memory/],
  [
    Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: "EACCES", path: "x" }),
    2,
    /x cannot be used \(EACCES\): check the path, permission denied/,
  ],
  [Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", path: "x" }), 1, /\(ENOSPC\).*the disk is full/],
])("a command says %s in our words", (error, code, message) => {
  const said: CommandResult = { code: -1, out: "", err: "" };
  const streams = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text) };
  expect(reportError(error, streams, true)).toBe(code);
  expect(said.err).toMatch(message);
  expect(said.err).toBe(`vfm: ${(JSON.parse(said.out) as { error: string }).error}\n`);
});

it("a checkpoint replaces no folder that holds something else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfm-holds-"));
  const config = { seed: 0, data: { kind: "checkerboard" }, flowMap: { model: "mlp", shape: [2], width: 4, depth: 1 } };
  const files = { "config.json": JSON.stringify(config), "letter.txt": "kept" };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const { code, err } = await vfm("initialise", join(folder, "config.json"), "--out", folder);
  expect([code, err]).toEqual([2, expect.stringMatching(/holds .*, and a checkpoint replaces its folder/)]);
  expect((await readdir(folder)).sort()).toEqual(Object.keys(files));
  for (const [name, content] of Object.entries(files)) expect(await readFile(join(folder, name), "utf8")).toBe(content);
  await rm(folder, { recursive: true });
});
