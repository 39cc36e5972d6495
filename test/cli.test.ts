import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, type HostArray, randomSource, takeRows } from "../src/array/index.js";
import { mnistProblems, observe, problemNames } from "../src/operators/index.js";
import { decodeMetadata, decodeSafetensors } from "../src/storage/index.js";
import { loadCheckpoint } from "../src/checkpoint/index.js";
import { samplePosterior } from "../src/vfm/index.js";
import { vfm } from "./support/command-line.js";
import { writeTinyCheckpoint } from "./support/tiny-model.js";

let folder = "";
const at = (name: string): string => join(folder, name);
const twice = (array: HostArray): HostArray => takeRows(array, [0, 0]);
const tensorsOf = async (path: string) => decodeSafetensors(await readFile(path), path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-cli-"));
  await writeTinyCheckpoint(at("model"));
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  await sharp({ create: { width: 12, height: 8, channels: 3, background: "black", noise } })
    .grayscale()
    .toColourspace("b-w")
    .png()
    .toFile(at("image.png"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("vfm", () => {
  it("explains itself: the program and every command", async () => {
    const { code, out, err } = await vfm("--help");
    expect([code, err]).toEqual([0, ""]);
    const commands = ["demo", "sample", "degrade", "train", "evaluate", "fit-updates", "calibrate", "export"];
    for (const command of commands) {
      expect(out).toContain(`  ${command} `);
      const help = await vfm(command, "--help");
      expect(help.code).toBe(0);
      expect(help.out).toMatch(/--json[\s\S]*Example:\n {2}vfm /);
    }
  });

  it("prints the package's version", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(await vfm("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it("takes a shipped image by its name", async () => {
    const model = ["--checkpoint", at("model"), "--problem", "denoise", "--json"];
    const [named, given] = await Promise.all(
      ["digit", "assets/digit.png"].map(async (image, i) => {
        const out = at(`digit-${i}.safetensors`);
        expect(await vfm("degrade", ...model, "--image", image, "--out", out)).toMatchObject({ code: 0, err: "" });
        return tensorsOf(out);
      }),
    );
    expect(named).toEqual(given);
  });

  it("degrades an image, and samples what it wrote", async () => {
    const model = ["--checkpoint", at("model"), "--problem", "inpaint-random", "--seed", "3"];
    const degraded = await vfm("degrade", ...model, "--image", at("image.png"), "--out", at("y.safetensors"), "--json");
    expect(degraded).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(degraded.out)).toEqual({
      problem: "inpaint-random",
      sigma: 0.1,
      seed: 3,
      out: at("y.safetensors"),
    });
    const written = await tensorsOf(at("y.safetensors"));
    const mask = written.get("parameters.mask");
    expect(decodeMetadata(await readFile(at("y.safetensors")), "y")).toEqual({
      problem: "inpaint-random",
      operator: "random-inpainting",
      sigma: "0.1",
    });
    // A^T y of an inpainting problem is zero exactly where the mask is.
    expect(written.get("aty")?.data.map((value) => (value === 0 ? 0 : 1))).toEqual(mask?.data);

    const drawn = ["sample", ...model, "--samples", "3"];
    const direct = await vfm(...drawn, "--observation", at("y.safetensors"), "--out", at("direct"), "--json");
    const whole = await vfm(...drawn, "--image", at("image.png"), "--out", at("whole"), "--json");
    expect([direct.code, whole.code]).toEqual([0, 0]);
    expect(direct.out.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(direct.out)).toMatchObject({ problem: "inpaint-random", samples: 3, evaluations: 1, seed: 3 });
    expect((await readdir(at("direct"))).sort()).toEqual([
      "mean.png",
      "observation.png",
      "report.html",
      "sample-001.png",
      "sample-002.png",
      "sample-003.png",
      "samples.json",
      "samples.safetensors",
    ]);
    // The same seed degrades the same way: both routes give the same samples.
    const samples = (await tensorsOf(join(at("direct"), "samples.safetensors"))).get("samples");
    expect(samples?.shape).toEqual([3, 1, 8, 8]);
    expect((await tensorsOf(join(at("whole"), "samples.safetensors"))).get("samples")).toEqual(samples);
    expect(await readFile(join(at("direct"), "report.html"), "utf8")).toContain("Random inpainting");
  });

  it("fits the update on the observation, and both routes to a sample take it", async () => {
    // The last is fitted twice: that with the quickest fit.
    const names = ["inpaint-box", "motion-blur", "super-resolution"];
    const specs = names.flatMap((wanted) => mnistProblems.filter(({ name }) => name === wanted));
    await writeTinyCheckpoint(
      at("fitted"),
      1,
      28,
      specs.map((spec) => (spec.name === "motion-blur" ? { ...spec, transpose: "wiener" } : spec)),
    );
    const fit = ["fit-updates", "--checkpoint", at("fitted"), "--images", "2", "--samples", "2", "--json"];
    const kept = ["--out", at("fit.json")];
    const fitted = await vfm(...fit, ...kept);
    expect(fitted).toMatchObject({ code: 0, err: "" });
    const { problems } = JSON.parse(fitted.out) as {
      problems: Record<string, { update: boolean; chosen: Trial; trials: Trial[] }>;
    };
    type Trial = { settings: object; needed?: object; outside: number };
    expect(Object.keys(problems)).toEqual(names);
    for (const { chosen, trials, update } of Object.values(problems)) {
      // In the first round every setting is tried.
      const settings = new Set(trials.map((trial) => JSON.stringify(trial.settings)));
      const last = trials.slice(settings.size);
      expect(last).toContainEqual(chosen);
      expect(chosen.outside).toBe(Math.min(...last.map(({ outside }) => outside)));
      expect(update).toBe(chosen.needed !== undefined);
    }
    expect([...((await loadCheckpoint(at("fitted"))).model.updates?.keys() ?? [])]).toEqual(names);

    // A fit that was interrupted before its last problem continues to the same result.
    const whole = JSON.parse(await readFile(at("fit.json"), "utf8")) as { problems: Record<string, object> };
    expect(whole.problems).toEqual(problems);
    delete whole.problems["super-resolution"];
    await writeFile(at("fit.json"), JSON.stringify(whole));
    expect(JSON.parse((await vfm(...fit, ...kept, "--resume")).out)).toEqual(JSON.parse(fitted.out));

    // A mask and a kernel.
    for (const problem of ["inpaint-box", "motion-blur"]) {
      const model = ["--checkpoint", at("fitted"), "--problem", problem, "--seed", "3"];
      await vfm("degrade", ...model, "--image", at("image.png"), "--out", at("observed.safetensors"));
      const drawn = ["sample", ...model, "--samples", "3", "--json"];
      const file = await vfm(...drawn, "--observation", at("observed.safetensors"), "--out", at("from-file"));
      const image = await vfm(...drawn, "--image", at("image.png"), "--out", at("from-image"));
      expect([file.code, image.code]).toEqual([0, 0]);
      const samplesIn = async (name: string) => (await tensorsOf(join(at(name), "samples.safetensors"))).get("samples");
      expect(await samplesIn("from-file")).toEqual(await samplesIn("from-image"));
    }
  });

  it("exports the whole sampler of a problem, its update with it", async () => {
    const { model } = await loadCheckpoint(at("fitted"));
    const image = randomSource(2).normalArray([1, 1, 28, 28]);
    const seed = 6;
    for (const name of ["inpaint-box", "motion-blur", "super-resolution"]) {
      const exported = await vfm(
        ...[
          "export",
          "--checkpoint",
          at("fitted"),
          "--problem",
          name,
          "--onnx",
          at("whole.onnx"),
          "--batch",
          "2",
          "--json",
        ],
      );
      expect(exported).toMatchObject({ code: 0, err: "" });
      const { inputs, updated } = JSON.parse(exported.out) as { inputs: Record<string, number[]>; updated: boolean };
      expect(updated).toBe(model.updates?.get(name)?.residual !== undefined);
      const y = await observe(model.problem(name), image, { seed });
      const expected = await samplePosterior(model, y, { samples: 2, seed });
      const noiseOf = (source: string) => randomSource(seed, source);
      const arrays: Record<string, HostArray> = {
        ...Object.fromEntries(Object.entries({ y: y.y, ...y.parameters }).map(([key, one]) => [key, twice(one)])),
        noise: noiseOf("posterior").normalArray([2, 1, 28, 28]),
        ...(updated && {
          residual_noise: noiseOf("residual").normalArray(inputs.residual_noise),
          observation_noise: noiseOf("observation noise").normalArray(inputs.observation_noise),
        }),
      };
      expect(Object.keys(arrays)).toEqual(Object.keys(inputs));
      const session = await InferenceSession.create(at("whole.onnx"), { logSeverityLevel: 3 });
      const feeds = Object.entries(arrays).map(([key, { data, shape }]) => {
        expect(shape, key).toEqual(inputs[key]);
        return [key, new Tensor("float32", data as Float32Array, [...shape])];
      });
      const { x } = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>);
      (x.data as Float32Array).forEach((value, i) => expect(value).toBeCloseTo(expected.samples.data[i], 3));
    }
  });

  it("exports a sampler that plain ONNX Runtime runs to the same samples", async () => {
    const options = [
      "--checkpoint",
      at("model"),
      "--onnx",
      at("sampler.onnx"),
      "--steps",
      "2",
      "--batch",
      "3",
      "--json",
    ];
    const exported = await vfm("export", ...options);
    expect(exported).toMatchObject({ code: 0, err: "" });
    expect((JSON.parse(exported.out) as { classes: object }).classes).toEqual(
      Object.fromEntries(problemNames.map((name, index) => [name, index])),
    );

    const { model } = await loadCheckpoint(at("model"));
    const seed = 5;
    const aty = randomSource(1).normalArray([1, 1, 8, 8]);
    const seen = { problem: model.problem("gaussian-blur"), transposed: aty };
    const expected = await samplePosterior(model, seen, { samples: 3, steps: 2, seed });
    // The sampler's own noise for this seed.
    const noise = randomSource(seed, "posterior").normalArray([3, 1, 8, 8]);
    const session = await InferenceSession.create(at("sampler.onnx"));
    const repeated = Float32Array.from({ length: 3 * 64 }, (_, i) => aty.data[i % 64]);
    const { x } = await session.run({
      observation: new Tensor("float32", repeated, [3, 1, 8, 8]),
      class: new Tensor("int32", new Int32Array(3).fill(4), [3]),
      noise: new Tensor("float32", noise.data as Float32Array, [3, 1, 8, 8]),
    });
    expect(x.dims).toEqual([3, 1, 8, 8]);
    hostArray(x.data as Float32Array, x.dims).data.forEach((value, i) =>
      expect(value).toBeCloseTo(expected.samples.data[i], 4),
    );
  });
});
