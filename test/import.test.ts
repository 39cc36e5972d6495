import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type HostArray,
  hostArray,
  mapHostTree,
  namedLeaves,
  randomSource,
  sizeOf,
  type Tree,
} from "../src/array/index.js";
import { autoencoderModel } from "../src/models/index.js";
import { decodeSafetensors, encodeSafetensors } from "../src/storage/index.js";
import { encodeObservation, loadCheckpoint, readAutoencoder, readCheckpoint } from "../src/checkpoint/index.js";
import { readObservation } from "../src/cli/observation-file.js";
import { imageProblem, observe } from "../src/operators/index.js";
import { samplePosterior } from "../src/vfm/index.js";
import { vfm } from "./support/command-line.js";
import {
  called,
  dictionary,
  object,
  oldTorchFile,
  tensor,
  torchFile,
  withItems,
  type Written,
} from "./support/pickle.js";

const kept = fileURLToPath(new URL("fixtures/import", import.meta.url));
let folder = "";
const at = (name: string): string => join(folder, name);

/** Whether Python made the files anew; else their bytes as kept are used. */
function makeFiles(): boolean {
  try {
    execFileSync("python3", [join(kept, "make.py"), folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * The number that the files hold at a place of a tensor, as make.py has it. It depends on the whole name, so that exchanged
 * tensors are noticed.
 */
function value(name: string, index: number): number {
  const checksum = crc32(name);
  // Both factors are so small that the product is exact.
  return ((checksum + ((checksum >>> 8) | 1) * index) % 256) / 256 - 0.5;
}
const valuesOf = (name: string, shape: readonly number[]): HostArray =>
  hostArray(
    Float32Array.from({ length: sizeOf(shape) }, (_, index) => value(name, index)),
    shape,
  );

const importArguments = (file: string, ...more: string[]): string[] => [
  "import",
  at(file),
  "--out",
  at("imported"),
  "--heads",
  "2",
  ...more,
];

/** What a command says that has written the checkpoint. */
const written = /\/imported: flowMap \(\d\.\d million\), adapter \(\d\.\d million\)/;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-import-"));
  if (!makeFiles()) await cp(kept, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

describe("vfm import of a published checkpoint", () => {
  it.each([
    ["ema", "module-free names in bfloat16 and float16"],
    ["model", "names behind a wrapper's, in float32"],
  ])("reads every tensor of --weights %s: %s", async (weights) => {
    const { code, out, err } = await vfm(...importArguments("good.pt", "--weights", weights, "--json"));
    expect([code, err]).toEqual([0, ""]);
    const { metadata, networks } = await readCheckpoint(at("imported"));
    for (const network of [networks.flowMap, networks.adapter])
      for (const { name, array } of namedLeaves(network)) expect(array, name).toEqual(valuesOf(name, array.shape));
    expect(metadata.model.flowMap).toMatchObject({
      model: "dmft",
      shape: [2, 4, 4],
      patch: 2,
      depth: 3,
      width: 8,
      heads: 2,
      classes: 3,
      sigmaHead: true,
      dataAtTime: 1,
      encoderDepth: 1,
    });
    expect(metadata.model.adapter).toMatchObject({
      observationShape: [3, 8, 8],
      shape: [2, 4, 4],
      problems: 6,
      channels: 4,
      multipliers: [1, 2],
      blocks: 1,
      embedding: 4,
    });
    // As it was trained: with noise in the holes of the inpaintings.
    expect(metadata.model.problems.map(({ name, holes = "zero" }) => `${name}: ${holes}`)).toEqual([
      "denoise: zero",
      "inpaint-random: noise",
      "inpaint-box: noise",
      "super-resolution: zero",
      "gaussian-blur: zero",
      "motion-blur: zero",
    ]);
    const report = JSON.parse(out) as { leftOver: string[]; parameterCounts: Record<string, number> };
    expect(report.leftOver).toEqual(weights === "ema" ? ["ema.projector.weight"] : []);
    expect(report.parameterCounts).toEqual(metadata.parameterCounts);
  });

  it("reads the same from safetensors with the groups as prefixes", async () => {
    await vfm(...importArguments("good.pt"));
    const before = await readCheckpoint(at("imported"));
    const file = at("imported/model.safetensors");
    const tensors = new Map(
      [...decodeSafetensors(await readFile(file), file)].map(([name, array]) => [
        name.replace(/^flowMap/, "ema").replace(/^adapter/, "ema_adapter"),
        array,
      ]),
    );
    tensors.set("ema.pos_embed", publishedPositions());
    await writeFile(at("good.safetensors"), encodeSafetensors(tensors));
    const { err } = await vfm(...importArguments("good.safetensors", "--encoder-depth", "1"));
    expect(err).toBe("");
    expect((await readCheckpoint(at("imported"))).networks).toEqual(before.networks);
  });

  it("says what it assumed", async () => {
    const { code, out, err } = await vfm(...importArguments("good.pt", "--data-at-time", "0"));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(written);
    expect(out).not.toMatch(/dataAtTime/);
    expect((await readCheckpoint(at("imported"))).metadata.model.flowMap).toMatchObject({ dataAtTime: 0 });
    const { out: without } = await vfm(...importArguments("good.pt"));
    expect(without).toMatch(/assumed: dataAtTime 1: networks with a sigma head/);
    expect(without).toMatch(/left over: ema\.projector\.weight/);
  });
});

/** The table of positions as the file has it: column first, sines before cosines. */
function publishedPositions(): HostArray {
  const waves = [1, 10_000 ** -0.5];
  const encode = (place: number): number[] => [Math.sin, Math.cos].flatMap((f) => waves.map((w) => f(place * w)));
  const rows = [0, 1].flatMap((row) => [0, 1].map((column) => [...encode(column), ...encode(row)]));
  return hostArray(Float32Array.from(rows.flat()), [1, 4, 8]);
}

it("an imported model samples an observation of another model as it was trained on it, with noise in the holes", async () => {
  await vfm(...importArguments("good.pt"));
  const { model } = await loadCheckpoint(at("imported"));
  // The published sigma, holes of zeros.
  const zero = imageProblem("inpaint-box", { sigma: 0.05 });
  const shape = [3, 8, 8];
  const seen = await observe(zero, randomSource(1).normalArray([1, ...shape]), { seed: 2 });
  expect(seen.transposed.data).toContain(0);
  await writeFile(at("seen.safetensors"), encodeObservation(seen));
  const problem = model.problem("inpaint-box");
  const image = { channels: 3, height: 8, width: 8 };
  const { observation: read } = await readObservation(at("seen.safetensors"), problem, image);
  const own = await observe(problem, randomSource(1).normalArray([1, ...shape]), { seed: 2 });
  expect(read.transposed.data).not.toContain(0);
  const { mask } = seen.parameters;
  read.transposed.data.forEach((value, i) => {
    if (mask.data[i % 64] > 0) expect(value).toBe(own.transposed.data[i]);
    else expect(Math.abs(value)).toBeLessThan(0.05 * 6);
  });
  const alone = new Map([["aty", hostArray(seen.transposed.data, shape)]]);
  await writeFile(at("alone.safetensors"), encodeSafetensors(alone));
  const { observation: without } = await readObservation(at("alone.safetensors"), problem, image);
  expect(without.transposed).toEqual(read.transposed);
});

describe("vfm import refuses", () => {
  /** One clear line, exit code 2, and nothing written. */
  async function expectRefused(argv: string[], message: RegExp): Promise<void> {
    await rm(at("imported"), { recursive: true, force: true });
    const before = await readdir(folder);
    const { code, out, err } = await vfm(...argv);
    expect(err).toMatch(/^vfm: [^\n]+\n$/);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, ""]);
    expect(await readdir(folder)).toEqual(before);
  }

  it("a pickle that calls a function of the system, by the function's name", () =>
    expectRefused(importArguments("hostile.pt"), /names (posix|nt|os)\.system, which is not allowed/));

  it("a truncated archive, wherever it ends", async () => {
    const whole = await readFile(at("good.pt"));
    for (const share of [0.0001, 0.3, 0.9, 0.9999]) {
      await writeFile(at("cut.pt"), whole.subarray(0, Math.ceil(share * whole.length)));
      await expectRefused(importArguments("cut.pt"), /cut\.pt.*(truncated|damaged|too short)/);
    }
  });

  it("a file of another kind, and one that is not there", async () => {
    await writeFile(at("text.pt"), "not a checkpoint at all\n");
    await expectRefused(importArguments("text.pt"), /text\.pt.*damaged or not a safetensors file/);
    await expectRefused(importArguments("nowhere.pt"), /nowhere\.pt cannot be read \(ENOENT\)/);
    await writeFile(at("old.pt"), Buffer.from([0x80, 0x02, 0x8a, 0x0a, 0x6c]));
    await expectRefused(importArguments("old.pt"), /old\.pt: its pickle is malformed at byte 4: it ends too early/);
    await writeFile(at("page.pt"), "<!doctype html><title>Sign in</title>");
    await expectRefused(
      importArguments("page.pt"),
      /page\.pt is an HTML page, not the file itself: download the raw file/,
    );
    await writeFile(at("pointer.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    await expectRefused(importArguments("pointer.safetensors"), /is a Git LFS pointer.*git lfs pull/);
  });

  it("weights that are not there, heads that fit no width, a number of heads that does not divide it", async () => {
    await expectRefused(
      ["import", at("good.pt"), "--out", at("imported")],
      /width 8 is not a published one: give --heads, one of 1, 2, 4, 8/,
    );
    await expectRefused(
      importArguments("good.pt", "--weights", "swa"),
      /no weights "swa": it has ema, model\.module; name one/,
    );
    await expectRefused(
      importArguments("good.pt", "--encoder-depth", "4"),
      /--encoder-depth is 4, but there are 3 blocks/,
    );
    await expectRefused(
      ["import", at("good.pt"), "--out", at("imported"), "--heads", "3"],
      /3 heads do not divide the width 8: give one of 1, 2, 4, 8/,
    );
  });

  it.each<[string, (tensors: Map<string, HostArray>) => void, RegExp]>([
    [
      "a missing tensor",
      (tensors) => tensors.delete("ema.blocks.1.mlp.fc2.bias"),
      /missing tensors: blocks\.1\.mlp\.fc2\.bias/,
    ],
    [
      "a tensor of another shape",
      (tensors) => tensors.set("ema_adapter.norm_out.bias", hostArray([1, 2], [2])),
      /tensor norm_out\.bias is \[2\], the model needs \[8\]/,
    ],
    [
      "a number that is not finite",
      (tensors) => tensors.set("ema_adapter.norm_out.bias", hostArray([1, 2, 3, NaN, 5, 6, 7, 8], [8])),
      /tensor norm_out\.bias holds NaN/,
    ],
    [
      "positions that were learnt",
      (tensors) => tensors.set("ema.pos_embed", valuesOf("pos_embed", [1, 4, 8])),
      /pos_embed is not the fixed table/,
    ],
  ])("%s", async (_, change, message) => {
    const tensors = new Map<string, HostArray>();
    await vfm(...importArguments("good.pt"));
    const file = at("imported/model.safetensors");
    for (const [name, array] of decodeSafetensors(await readFile(file), file))
      tensors.set(name.replace(/^flowMap/, "ema").replace(/^adapter/, "ema_adapter"), array);
    tensors.set("ema.pos_embed", publishedPositions());
    change(tensors);
    await writeFile(at("changed.safetensors"), encodeSafetensors(tensors));
    await expectRefused(importArguments("changed.safetensors"), message);
  });
});

describe("vfm import of files that others made", () => {
  let flowMap: Record<string, Written> = {};
  let adapter: Record<string, Written> = {};
  beforeAll(async () => {
    await vfm(...importArguments("good.pt"));
    const { networks } = await readCheckpoint(at("imported"));
    const tensorsOf = (tree: Tree<HostArray>): Record<string, Written> =>
      Object.fromEntries(namedLeaves(tree).map(({ name, array: { data, shape } }) => [name, tensor(data, shape)]));
    const { data, shape } = publishedPositions();
    flowMap = { ...tensorsOf(networks.flowMap), pos_embed: tensor(data, shape) };
    adapter = tensorsOf(networks.adapter);
  });
  const behind = (prefix: string, tensors: Record<string, Written>): Record<string, Written> =>
    Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`${prefix}${name}`, value]));
  const wrong = (): Record<string, Written> => ({
    ...flowMap,
    "x_embedder.proj.bias": tensor([9, 9, 9, 9, 9, 9, 9, 9], [8]),
  });

  it.each<[string, () => Record<string, Written>, RegExp?]>([
    [
      "as published",
      () => ({ model: dictionary(wrong()), ema: dictionary(flowMap), ema_adapter: dictionary(adapter) }),
    ],
    [
      "of Lightning, whose averages are a callback's",
      () => ({
        "pytorch-lightning_version": "2.4.0",
        state_dict: dictionary({ ...behind("net.", wrong()), ...behind("adapter.", adapter) }),
        callbacks: dictionary({
          "EMA{'decay': 0.999}": dictionary({ ema_weights: dictionary(flowMap), decay: called("numpy.float64", 1) }),
          ModelCheckpoint: dictionary({ best_model_score: tensor([1], []), dirpath: called("pathlib.PosixPath", "/") }),
        }),
        optimizer_states: [dictionary({ state: new Map([[0, dictionary({ exp_avg: tensor([1], [1]) })]]) })],
        hyper_parameters: withItems(object("pytorch_lightning.utilities.parsing.AttributeDict"), { dmf_depth: 1 }),
      }),
      /assumed: adapter state_dict\.adapter: there is no other/,
    ],
    [
      "of Lightning, with the weights alone",
      () => ({ state_dict: dictionary({ ...behind("net._orig_mod.", flowMap), ...behind("adapter.", adapter) }) }),
      /assumed: weights state_dict\.net: there are no moving averages/,
    ],
    [
      "with averages behind a wrapper's names",
      () => ({
        model_ema: dictionary(behind("module.", flowMap)),
        adapter_ema: dictionary({ module: dictionary(adapter), decay: 0.5 }),
        model: dictionary(wrong()),
      }),
    ],
    [
      "with ema_state_dict",
      () => ({
        ema_state_dict: dictionary({ ...flowMap, ...behind("adapter.", adapter) }),
        model_state_dict: dictionary(wrong()),
      }),
    ],
    [
      "of ema-pytorch",
      () => ({
        ema: dictionary({
          ...behind("online_model.", wrong()),
          ...behind("ema_model.", flowMap),
          step: tensor([1], []),
        }),
        ema_adapter: dictionary(adapter),
      }),
    ],
  ])("%s", async (_, content, line = written) => {
    for (const write of [torchFile, oldTorchFile]) {
      await writeFile(at("other.pt"), write(dictionary(content())));
      const { out, err } = await vfm(...importArguments("other.pt"));
      expect(err).toBe("");
      expect(out).toMatch(line);
      const { networks } = await readCheckpoint(at("imported"));
      for (const network of [networks.flowMap, networks.adapter])
        for (const { name, array } of namedLeaves(network)) expect(array, name).toEqual(valuesOf(name, array.shape));
    }
  });

  it("by the name of weights, where a file has several", async () => {
    await writeFile(at("two.pt"), torchFile(dictionary({ first: dictionary(wrong()), second: dictionary(flowMap) })));
    const { out } = await vfm(...importArguments("two.pt"));
    expect(out).toMatch(/assumed: weights first, not second; choose with --weights/);
    await vfm(...importArguments("two.pt", "--weights", "second"));
    const { networks } = await readCheckpoint(at("imported"));
    for (const { name, array } of namedLeaves(networks.flowMap)) expect(array).toEqual(valuesOf(name, array.shape));
  });

  it("names an object where a tensor is needed, and no other", async () => {
    const broken = { ...flowMap, "blocks.0.attn.qkv.bias": called("numpy.core.multiarray._reconstruct") };
    await writeFile(at("broken.pt"), torchFile(dictionary({ ema: dictionary(broken) })));
    const { code, err } = await vfm(...importArguments("broken.pt"));
    expect(code).toBe(2);
    expect(err).toMatch(/: ema\.blocks\.0\.attn\.qkv\.bias is a numpy\.core\.multiarray\._reconstruct, no tensor/);
  });

  it("shows names out of a file printable and short, in texts and as JSON", async () => {
    const name = `\u001b]0;title\u0007\u009b31m\u202e${"x".repeat(300)}`;
    const ema = dictionary({ ...flowMap, [name]: tensor([1], [1]) });
    await writeFile(at("names.pt"), torchFile(dictionary({ ema })));
    const { out } = await vfm(...importArguments("names.pt"));
    expect(out).toMatch(/left over: ema\.\\u001b\]0;title\\u0007\\u009b31m\\u202ex{50,}…\n/);
    const { out: json } = await vfm(...importArguments("names.pt", "--json"));
    expect(json).not.toMatch(/[\p{Cc}\p{Cf}]./u);
    expect((JSON.parse(json) as { leftOver: string[] }).leftOver).toEqual([`ema.${name}`]);
  });
});

describe("vfm import of an AutoencoderKL", () => {
  const model = autoencoderModel({
    model: "autoencoder-kl",
    imageShape: [3, 8, 8],
    channels: [32, 32],
    blocks: 1,
    latentChannels: 2,
  });
  const parameters = mapHostTree(model.initialise(randomSource(4)), ({ shape }, name) => valuesOf(name, shape));
  const renamed = (names: readonly [RegExp, string][], kernel: boolean): Uint8Array =>
    encodeSafetensors(
      new Map(
        namedLeaves(parameters).map(({ name, array }) => [
          names.reduce((current, [from, to]) => current.replace(from, to), name),
          kernel && /to_.*weight/.test(name) ? { ...array, shape: [...array.shape, 1, 1] } : array,
        ]),
      ),
      { precision: "float16" },
    );
  const former: [RegExp, string][] = [
    [/\.to_q\./, ".query."],
    [/\.to_k\./, ".key."],
    [/\.to_v\./, ".value."],
    [/\.to_out\.0\./, ".proj_attn."],
  ];

  it.each<[string, Uint8Array]>([
    ["with the names of today", renamed([], false)],
    ["with the names and kernels of before", renamed(former, true)],
  ])("%s, alone", async (_, bytes) => {
    await writeFile(at("vae.safetensors"), bytes);
    const { err } = await vfm("import", at("vae.safetensors"), "--out", at("vae"), "--image-size", "8");
    expect(err).toBe("");
    expect(await readAutoencoder(at("vae"))).toEqual({ config: model.config, parameters });
  });

  it("with a flow map whose latents it decodes: a posterior sample is an image", async () => {
    await writeFile(at("vae.safetensors"), renamed([], false));
    const { err } = await vfm(
      ...importArguments("good.pt", "--autoencoder", at("vae.safetensors"), "--image-size", "8"),
    );
    expect(err).toBe("");
    const { model: whole, problems } = await loadCheckpoint(at("imported"));
    expect(problems).toHaveLength(6);
    const transposed = randomSource(0).normalArray([1, 3, 8, 8]);
    expect(problems[2].observation.operator.observedMask).toBeUndefined();
    const { samples } = await samplePosterior(whole, { problem: problems[1], transposed }, { samples: 3, seed: 1 });
    expect(samples.shape).toEqual([1, 3, 3, 8, 8]);
    expect(samples.data.every(Number.isFinite)).toBe(true);
  });

  it("of the flow map's size unless another is given, also out of the flow map's own file", async () => {
    await writeFile(at("vae.safetensors"), renamed([], false));
    await vfm(...importArguments("good.pt", "--autoencoder", at("vae.safetensors")));
    const { metadata } = await readCheckpoint(at("imported"));
    expect(metadata.model.autoencoder).toMatchObject({ imageShape: [3, 8, 8] });
    const file = at("imported/model.safetensors");
    const tensors = new Map([...decodeSafetensors(await readFile(file), file)]);
    tensors.set("flowMap.pos_embed", publishedPositions());
    await writeFile(at("whole.safetensors"), encodeSafetensors(tensors));
    const { err } = await vfm(...importArguments("whole.safetensors"));
    expect(err).toBe("");
    const { metadata: same } = await readCheckpoint(at("imported"));
    expect(same.model.autoencoder).toEqual(metadata.model.autoencoder);
  });

  it("refuses one of other latents", async () => {
    await writeFile(at("vae.safetensors"), renamed([], false));
    const { code, err } = await vfm(
      ...importArguments("good.pt", "--autoencoder", at("vae.safetensors"), "--image-size", "16"),
    );
    expect(code).toBe(2);
    expect(err).toMatch(
      /the autoencoder's latents are \[2, 8, 8\], the flow map's samples \[2, 4, 4\].*--image-size 8/,
    );
  });
});
