import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, hostFull, randomSource } from "../array/index.js";
import { readImage, writePng } from "../node/data/index.js";
import { adapterModel, flowMapModel } from "../models/index.js";
import { mnistProblems, observe } from "../operators/index.js";
import { loadCheckpoint, writeCheckpoint } from "../checkpoint/index.js";
import { aboutUntrained, parseTrainConfig } from "../train/configuration/index.js";
import { decodeSafetensors } from "../storage/index.js";
import { vfm } from "../../test/support/command-line.js";
import { writeTinyCheckpoint } from "../../test/support/tiny-model.js";

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
  it("writes nothing outside its folder for a file named by dots", async () => {
    await writePng(join(folder, "...png"), hostFull(shape, 0.3));
    const out = join(folder, "outer", "out");
    const { code, err } = await vfm(
      ...["sample", "--checkpoint", checkpoint, "--image", join(folder, "...png"), "--problem", "denoise"],
      ...["--samples", "2", "--out", out],
    );
    expect([code, err]).toEqual([0, ""]);
    expect(await readdir(join(folder, "outer"))).toEqual(["out"]);
  });

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
    expect(JSON.parse(out)).toMatchObject({
      evaluations,
      samples: 2,
      update: false,
      updateReason: "the checkpoint has no updates: vfm fit-updates makes them",
    });
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

const only = async (...options: string[]) => {
  const { code, out, err } = await vfm(
    "sample",
    "--checkpoint",
    checkpoint,
    "--problem",
    "denoise",
    "--json",
    ...options,
  );
  return { code, err, json: JSON.parse(out) as Record<string, unknown> & { images: Record<string, unknown>[] } };
};
const filesIn = async (name: string): Promise<string[]> => {
  const entries = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(join(folder, name), join(entry.parentPath, entry.name))).sort();
};
const filesOf = (samples: number, prefix = ""): string[] =>
  [
    "mean.png",
    "observation.png",
    ...Array.from({ length: samples }, (_, i) => `sample-00${i + 1}.png`),
    "samples.safetensors",
  ].map((name) => join(prefix, name));
const samplesIn = async (name: string) => {
  const path = join(folder, name, "samples.safetensors");
  return decodeSafetensors(await readFile(path), path).get("samples");
};

describe("vfm sample with several images", () => {
  it("names the outputs by the inputs, and has an entry for each in its JSON", async () => {
    await mkdir(join(folder, "other"));
    await writePng(join(folder, "b.png"), hostFull(shape, -0.4));
    await writePng(join(folder, "other", "b.png"), hostFull(shape, 0.9));
    const inputs = ["image.png", "b.png", join("other", "b.png")].map((name) => join(folder, name));
    const out = join(folder, "several");
    const { code, err, json } = await only("--image", ...inputs, "--samples", "2", "--out", out);
    expect([code, err]).toEqual([0, ""]);
    expect(await filesIn("several")).toEqual(
      [...["image", "b", "b-2"].flatMap((name) => filesOf(2, name)), "report.html", "samples.json"].sort(),
    );
    expect(json.images.map(({ name, image }) => [name, image])).toEqual(
      ["image", "b", "b-2"].map((name, i) => [name, inputs[i]]),
    );
    expect(json.images[1].files).toEqual([1, 2].map((i) => join(out, "b", `sample-00${i}.png`)));
    // The first image's samples are those that it has alone.
    await only("--image", inputs[0], "--samples", "2", "--out", join(folder, "alone"));
    expect(await samplesIn("several/image")).toEqual(await samplesIn("alone"));
  });

  it("takes several observations, which give the same samples as their images", async () => {
    const images = ["image.png", "b.png"].map((name) => join(folder, name));
    const files = images.map((image) => image.replace(".png", ".safetensors"));
    const made = ["--checkpoint", checkpoint, "--problem", "denoise", "--seed", "4"];
    for (const [i, image] of images.entries()) await vfm("degrade", ...made, "--image", image, "--out", files[i]);
    const settings = ["--seed", "4", "--samples", "2"];
    const { code } = await only("--observation", ...files, ...settings, "--out", join(folder, "observed"));
    expect(code).toBe(0);
    await only("--image", images[0], ...settings, "--out", join(folder, "degraded"));
    expect(await samplesIn("observed/image")).toEqual(await samplesIn("degraded"));
    const refused = await only("--observation", ...files, "--image", images[0], "--out", join(folder, "no"));
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("1 of --image and 2 of --observation")]);
  });
});

describe("vfm sample into a folder of a former run", () => {
  it("removes what that wrote, and nothing else", async () => {
    const [image, b] = ["image.png", "b.png"].map((name) => join(folder, name));
    const out = join(folder, "again");
    await only("--image", image, "--samples", "4", "--out", out);
    await writeFile(join(out, "mine.txt"), "kept");
    await only("--image", image, "--samples", "2", "--out", out);
    const rest = ["mine.txt", "report.html", "samples.json"];
    expect(await filesIn("again")).toEqual([...filesOf(2), ...rest].sort());
    await only("--image", image, b, "--samples", "2", "--out", out);
    expect(await filesIn("again")).toEqual([...filesOf(2, "image"), ...filesOf(2, "b"), ...rest].sort());
    await writeFile(join(out, "b", "mine.txt"), "kept");
    await only("--image", image, "--samples", "1", "--out", out);
    expect(await filesIn("again")).toEqual([...filesOf(1), ...rest, "b/mine.txt"].sort());
    for (const text of ["{", "null", '{"images":[null]}', '{"samples":2,"images":[{"name":".."}]}']) {
      await writeFile(join(out, "samples.json"), text);
      await only("--image", image, "--samples", "1", "--out", out);
    }
    expect(await filesIn("again")).toEqual([...filesOf(1), ...rest, "b/mine.txt"].sort());
  });
});

describe("pictures that do not fit as they are", () => {
  it("are converted as training does it, which is said", async () => {
    await writePng(
      join(folder, "colour.png"),
      hostArray(
        Array.from({ length: 192 }, (_, i) => (i < 64 ? 0.5 : -0.5)),
        [3, 8, 8],
      ),
    );
    const given = ["--image", join(folder, "colour.png"), "--samples", "1", "--out", join(folder, "converted")];
    const { code, err, json } = await only(...given);
    expect(code).toBe(0);
    expect(err).toBe(`vfm: ${join(folder, "colour.png")} was converted: colour to grey\n`);
    expect(json.images[0].converted).toEqual(["colour to grey"]);
  });

  it("lose values, which degrade and sample say", async () => {
    // Near both ends of the range: the noise carries values beyond them.
    const near = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 0.9 : -0.9));
    await writePng(join(folder, "ends.png"), hostArray(near, shape));
    const y = join(folder, "y.png");
    const made = ["--checkpoint", checkpoint, "--problem", "denoise", "--json"];
    const degraded = await vfm("degrade", ...made, "--image", join(folder, "ends.png"), "--out", y);
    expect(degraded.code).toBe(0);
    const { transposed } = await observedOf("ends.png");
    const outside = Array.from(transposed.data).filter((value) => Math.abs(value) > 1).length;
    expect(outside).toBeGreaterThan(0);
    expect(JSON.parse(degraded.out)).toMatchObject({ clipped: outside });
    expect(degraded.err).toContain(
      `y.png is a picture: its values are rounded to 8 bits, and ${outside} of 64 lay outside`,
    );
    // The picture itself says how many of its values are the lowest or the highest that it can have.
    const levels = await sharp(y).toColourspace("b-w").raw().toBuffer();
    expect(levels).toHaveLength(64);
    const atEnds = (level: number): number => levels.filter((value) => value === level).length;
    expect(Math.min(atEnds(0), atEnds(255))).toBeGreaterThan(0);
    const { code, err, json } = await only("--observation", y, "--samples", "1", "--out", join(folder, "lost"));
    expect(code).toBe(0);
    const clipped = atEnds(0) + atEnds(255);
    expect(err).toMatch(new RegExp(`y\\.png is a picture: its values are rounded to 8 bits .*, ${clipped} of them`));
    expect(json.images[0].clipped).toBe(clipped);
  });
});

describe("motion blur whose kernel the adapter has to know", () => {
  const filtering = ["--problem", "motion-blur", "--seed", "4", "--json"];
  const own = () => ["--checkpoint", join(folder, "filtering"), ...filtering];
  const picture = () => ["--image", join(folder, "image.png")];
  beforeAll(() =>
    writeTinyCheckpoint(join(folder, "filtering"), 1, 8, [{ name: "motion-blur", sigma: 0.1, transpose: "wiener" }]),
  );

  it("is not read from a picture, nor written to one", async () => {
    const given = await vfm(
      "sample",
      ...own(),
      "--observation",
      join(folder, "image.png"),
      "--out",
      join(folder, "no"),
    );
    expect([given.code, given.err]).toEqual([2, expect.stringMatching(/^vfm: problem "motion-blur" of this .*\n$/)]);
    const made = await vfm("degrade", ...own(), ...picture(), "--out", join(folder, "no.png"));
    expect([made.code, made.err]).toEqual([
      2,
      expect.stringMatching(/more than a picture.*: write a \.safetensors file/),
    ]);
  });

  it("is filtered anew where an observation comes from a model without the filter", async () => {
    const blurred = join(folder, "blurred.safetensors");
    await vfm("degrade", "--checkpoint", checkpoint, ...filtering, ...picture(), "--out", blurred);
    const drawn = async (name: string, ...given: string[]) => {
      const out = join(folder, name);
      expect((await vfm("sample", ...own(), "--samples", "2", ...given, "--out", out)).code).toBe(0);
      return decodeSafetensors(await readFile(join(out, "samples.safetensors")), name).get("samples");
    };
    expect(await drawn("of-file", "--observation", blurred)).toEqual(await drawn("of-image", ...picture()));
  });
});

async function observedOf(name: string) {
  const { model } = await loadCheckpoint(checkpoint);
  const image = await readImage(join(folder, name), { channels: 1, height: 8, width: 8 });
  return observe(model.problem("denoise"), { ...image, shape: [1, ...shape] }, { seed: 0 });
}
