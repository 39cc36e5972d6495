import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cifar10 } from "../src/node/data/cifar10.js";
import { keepImages } from "../src/node/data/fetch/fetch-images.js";
import { vfm } from "./support/command-line.js";
import { syntheticCifar10 } from "./support/synthetic-cifar10.js";

const before = process.env.VFM_DATA;
let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-data-"));
  process.env.VFM_DATA = at("data");
});
afterAll(async () => {
  if (before === undefined) delete process.env.VFM_DATA;
  else process.env.VFM_DATA = before;
  await rm(folder, { recursive: true });
});

describe("vfm data", () => {
  it("lists the data sets, and which are there", async () => {
    const { code, out, err } = await vfm("data", "list", "--json");
    expect([code, err]).toEqual([0, ""]);
    const { sets } = JSON.parse(out) as { sets: { name: string; present: boolean; shape: number[] }[] };
    expect(sets.map(({ name, present }) => `${name} ${present}`)).toEqual([
      "mnist true",
      "fashion-mnist false",
      "cifar10 false",
      "quickdraw false",
    ]);
    expect(sets[2].shape).toEqual([3, 32, 32]);
    expect((await vfm("data", "list")).out).toContain("vfm data fetch cifar10");
  });

  it("explains itself", async () => {
    expect((await vfm("data", "--help")).out).toMatch(/fetch \[options\] <name>[\s\S]*list/);
    expect((await vfm("data", "fetch", "--help")).out).toMatch(/--json[\s\S]*Example:\n {2}vfm data fetch cifar10/);
  });

  it("refuses a name that it does not know, or that needs no fetching", async () => {
    const unknown = await vfm("data", "fetch", "cifar100");
    expect(unknown).toMatchObject({ code: 2, out: "" });
    expect(unknown.err).toMatch(/^vfm: there is no data set "cifar100": use fashion-mnist or cifar10 or quickdraw\n$/);
    expect((await vfm("data", "fetch", "mnist")).err).toMatch(/^vfm: MNIST comes with the installation/);
  });

  it("is what a command asks for whose data are not there, in one line", async () => {
    const { code, out, err } = await vfm("evaluate", "--checkpoint", "fashion-mnist", "--images", "2");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^vfm: Fashion-MNIST is not in .*: run vfm data fetch fashion-mnist\n$/);
  });
});

describe("a model of colour images, 32 x 32", () => {
  const shape = [3, 32, 32];
  const configuration = {
    seed: 0,
    data: { kind: "cifar10" },
    flowMap: { model: "residual-mlp", shape, depth: 1, width: 16, embedding: 8 },
    adapter: { model: "mlp", observationShape: shape, shape, problems: 6, depth: 1, width: 16 },
    problems: [
      { name: "denoise", sigma: 0.5 },
      { name: "super-resolution", sigma: 0.1 },
    ],
    stages: [
      { kind: "flow-matching", steps: 2, batchSize: 4, learningRate: 1e-3 },
      { kind: "joint", steps: 2, batchSize: 4, learningRate: { flowMap: 1e-3, adapter: 1e-3 } },
    ],
  };
  const model = ["--checkpoint", join("run", "checkpoint")];
  beforeAll(async () => {
    model[1] = at(model[1]);
    await keepImages("cifar10", cifar10, await syntheticCifar10());
    await writeFile(at("config.json"), JSON.stringify(configuration));
    const trained = await vfm("train", at("config.json"), "--out", at("run"), "--json");
    expect(trained).toMatchObject({ code: 0, err: "" });
  });

  it("is evaluated on the test images that repeat no training image", async () => {
    const options = ["--images", "500", "--samples", "2", "--prior-samples", "100", "--json"];
    const { code, out, err } = await vfm("evaluate", ...model, ...options);
    expect([code, err]).toEqual([0, ""]);
    const { images, problems } = JSON.parse(out) as { images: number; problems: Record<string, { vfm: object }> };
    expect([images, Object.keys(problems)]).toEqual([19, ["denoise", "super-resolution"]]);
  });

  it("is shown in colour", async () => {
    const { code, err } = await vfm("demo", ...model, "--images", "2", "--samples", "8", "--out", at("demo"));
    expect([code, err]).toEqual([0, ""]);
    // A row a problem: the truth, what is observed, eight samples and their mean; two pixels between, three times as large.
    const picture = await sharp(at("demo/samples.png")).metadata();
    expect([picture.width, picture.height, picture.channels]).toEqual([3 * (11 * 34 - 2), 3 * (2 * 34 - 2), 3]);
    const [[, first]] = (await readFile(at("demo/report.html"), "utf8")).matchAll(/data:image\/png;base64,([^"]+)"/g);
    expect(await sharp(Buffer.from(first, "base64")).metadata()).toMatchObject({ width: 128, channels: 3 });
  });

  it("samples from a colour file", async () => {
    const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
    await sharp({ create: { width: 40, height: 32, channels: 3, background: "black", noise } }).toFile(at("image.png"));
    const options = ["--problem", "super-resolution", "--image", at("image.png"), "--samples", "2"];
    const drawn = await vfm("sample", ...model, ...options, "--out", at("drawn"), "--json");
    expect(drawn).toMatchObject({ code: 0, err: "" });
    const sample = await sharp(at("drawn/sample-001.png")).metadata();
    expect([sample.width, sample.height, sample.channels]).toEqual([32, 32, 3]);
  });
});
