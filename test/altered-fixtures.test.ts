import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { hostArray, type HostArray, randomSource } from "../src/array/index.js";
import { type Alteration, alteredCopy } from "./support/parity/altered.js";
import { everyCheck } from "./support/parity/check.js";
import { type Fixture, fixturesIn } from "./support/parity/fixture.js";
import { type Kind, kinds } from "./support/parity/kinds.js";
import { plainBlur, plainConvolution, plainFilm, plainGroupNorm, plainSilu } from "./support/parity/plain-layers.js";

// The checks of test/parity on altered copies of the kept fixtures: whatever a file holds is compared, and nothing else is asked of it.

const kept = fileURLToPath(new URL("fixtures/parity", import.meta.url));
const originals = fixturesIn(kept);
const original = (kind: Kind): Fixture => originals.find((fixture) => fixture.kind === kind) as Fixture;
const folder = mkdtempSync(join(tmpdir(), "vfm-parity-"));
afterAll(() => rmSync(folder, { recursive: true }));

const altered = (kind: Kind, file: string, alteration: Alteration): Fixture =>
  alteredCopy(original(kind), folder, file, alteration);
const checksOf = (fixture: Fixture) => everyCheck(fixture, kinds[fixture.kind as Kind]);

/** Runs the checks, all or those that compare an array of one of these names. */
async function runChecks(fixture: Fixture, names?: readonly string[]): Promise<void> {
  for (const { compares, run } of checksOf(fixture))
    if (names === undefined || compares.some((name) => names.includes(name))) await run();
}

const compared = (fixture: Fixture): string[] => [...new Set(checksOf(fixture).flatMap(({ compares }) => compares))];
const isResult = (name: string): boolean => name.startsWith("out.");
const map = ({ shape, data }: HostArray, fn: (value: number, i: number) => number): HostArray =>
  hostArray(data.map(fn), shape);

describe("a folder", () => {
  it("may hold files of any names, in folders of their own, and not every kind", () => {
    altered("sit", "some/names/x.safetensors", {});
    const found = fixturesIn(join(folder, "some"));
    expect(found.map(({ file, kind }) => [file, kind])).toEqual([[join("names", "x.safetensors"), "sit"]]);
  });

  it("that holds no fixture is refused", () => {
    expect(() => fixturesIn(fileURLToPath(new URL("support", import.meta.url)))).toThrow(/holds no fixture/);
  });
});

describe("an array that nothing computes fails by its name, and a wrong one too", () => {
  it.each<[Kind, string]>([
    ["adapter", "out.dbg.xyz"],
    ["adapter", "out.sigma"],
    ["dmft", "out.dbg.block99"],
    ["sit", "out.grad.labels"],
    ["adapter_loss", "out.base.spectrum"],
    ["adapter_loss", "out.other.total_loss"],
    ["samplers", "out.heun_of_nobody"],
    ["operators", "out.sharpen"],
    ["metrics", "out.support_of_all"],
  ])("%s: %s", async (kind, name) => {
    const fixture = altered(kind, "unknown.safetensors", { arrays: { [name]: hostArray([1, 2], [2]) } });
    await expect(runChecks(fixture, [name])).rejects.toThrow(`${name} is recorded, and nothing here computes it`);
  });

  it.each<[Kind, string]>([
    ["adapter", "out.dbg.down1"],
    ["sit", "out.v"],
    ["samplers", "out.euler_K1_cfg1"],
    ["samplers", "out.fm_euler_K4_cfg1_official"],
    ["operators", "out.sr4_transpose"],
    ["metrics", "out.crps"],
    ["adapter_loss", "out.base.t_mf"],
  ])("%s: a changed %s", async (kind, name) => {
    const changed = map(original(kind).get(name), (value, i) => (i === 0 ? value + 1e-2 : value));
    const fixture = altered(kind, "changed.safetensors", { arrays: { [name]: changed } });
    await expect(runChecks(fixture, [name])).rejects.toThrow(`${name}: the relative error is`);
  });

  it("adapter: changed statistics of a gradient", async () => {
    const name = "out.gradstat.conv_in.weight";
    const changed = map(original("adapter").get(name), (value) => 1.01 * value);
    const fixture = altered("adapter", "changed.safetensors", { arrays: { [name]: changed } });
    await expect(runChecks(fixture, [name])).rejects.toThrow(/of conv_in.weight/);
  });
});

describe("only what a file holds is asked of it", () => {
  it.each<[Kind, RegExp]>([
    ["adapter", /^out\.(mu|dbg\.mid2)$/],
    ["dmft", /^out\.(du_dt|dbg\.block1|grad\.r)$/],
    ["sit", /^out\.gradstat\.x_embedder/],
    ["samplers", /^out\.(ctm|fm_heun)/],
    ["operators", /^out\.(hdr|motion)$/],
    ["metrics", /^out\.(nlpd|f_theta_K2)/],
    ["adapter_loss", /^out\.weights\.(kl_loss|gradnorm_model)$/],
  ])("%s: %s", async (kind, pattern) => {
    const fixture = altered(kind, "few.safetensors", { keep: (name) => !isResult(name) || pattern.test(name) });
    const results = fixture.names("out.");
    expect(results.length).toBeGreaterThan(0);
    expect(compared(fixture).sort()).toEqual(results.sort());
    await runChecks(fixture);
  });

  it("operators without their sections, and a measurement by a mask", async () => {
    const { get } = original("operators");
    const [x, mask] = [get("in.x"), get("in.box_mask")];
    const fixture = altered("operators", "few.safetensors", {
      keep: (name) => !isResult(name) && name !== "in.motion_kernel",
      config: { gaussian: undefined, phase: undefined, hdr_scale: undefined, motion: undefined },
      arrays: { "out.box": map(x, (value, i) => mask.data[i % mask.data.length] * value) },
    });
    expect(compared(fixture)).toEqual(["out.box"]);
    await runChecks(fixture);
  });
});

describe("layers by their published names", () => {
  it("of the adapter, against plain loops", async () => {
    const { get } = original("adapter");
    const block = "w.down_blocks.0.res_blocks.0";
    const convolved = (x: HostArray, name: string): HostArray =>
      plainConvolution(x, get(`${name}.weight`), get(`${name}.bias`));
    const normalised = (x: HostArray, name: string): HostArray =>
      plainGroupNorm(x, Math.min(32, x.shape[1]), get(`${name}.weight`), get(`${name}.bias`));
    const input = convolved(get("in.y"), "w.conv_in");
    const half = (x: HostArray, i: number): HostArray =>
      plainFilm(
        convolved(plainSilu(normalised(x, `${block}.norm${i}`)), `${block}.conv${i}`),
        get("out.dbg.cond"),
        get(`${block}.film${i}.fc.weight`),
        get(`${block}.film${i}.fc.bias`),
      );
    const first = half(input, 1);
    const second = half(first, 2);
    const result = map(input, (value, i) => value + second.data[i]);
    const normed = normalised(get("out.dbg.mid2"), "w.norm_out");
    const arrays = {
      "out.dbg.conv_in": input,
      "out.dbg.class_embed": get("out.dbg.cond"),
      "out.dbg.down0_res0": result,
      "out.dbg.down_blocks.0.res_blocks.0": result,
      "out.dbg.down0.res0.film1": first,
      "out.dbg.down_blocks.1": get("out.dbg.down1"),
      "out.dbg.down1.downsample": get("out.dbg.down1"),
      "out.dbg.mid_block2": get("out.dbg.mid2"),
      "out.dbg.norm_out": normed,
      "out.dbg.conv_out": convolved(plainSilu(normed), "w.conv_out"),
    };
    await runChecks(altered("adapter", "layers.safetensors", { arrays }), Object.keys(arrays));
  });

  it("of a transformer, from what the file has", async () => {
    const { get, config } = original("dmft");
    const { patch_size: patch } = config.model as { patch_size: number };
    const [positions, u] = [get("w.pos_embed"), get("out.u")];
    const [count, channels, height, width] = u.shape;
    const columns = width / patch;
    const tokens = new Float32Array(u.data.length);
    u.data.forEach((value, i) => {
      const [row, column] = [Math.floor(i / width) % height, i % width];
      const [b, c] = [Math.floor(i / (height * width * channels)), Math.floor(i / (height * width)) % channels];
      const token = Math.floor(row / patch) * columns + Math.floor(column / patch);
      const place = ((row % patch) * patch + (column % patch)) * channels + c;
      tokens[((b * height * width) / patch ** 2 + token) * channels * patch ** 2 + place] = value;
    });
    const final = hostArray(tokens, [count, (height * width) / patch ** 2, channels * patch ** 2]);
    const positioned = map(
      get("out.dbg.patch_tokens"),
      (value, i) => value + positions.data[i % positions.data.length],
    );
    const arrays = {
      "out.dbg.x_embedder": get("out.dbg.patch_tokens"),
      "out.dbg.pos_tokens": positioned,
      "out.dbg.t_embedder": get("out.dbg.t_embed"),
      "out.dbg.blocks.2": get("out.dbg.block2"),
      "out.dbg.final_layer": final,
    };
    await runChecks(altered("dmft", "layers.safetensors", { arrays }), Object.keys(arrays));
  });
});

describe("the objective", () => {
  it("takes problems in another order and fewer variants", async () => {
    const { config, get, integers } = original("adapter_loss");
    const { problems, variants } = config as { problems: Record<string, string>; variants: Record<string, unknown> };
    // Problem c becomes problem count - 1 - c: so do the rows of the adapter's table.
    const count = Object.keys(problems).length;
    const turned = Object.entries(problems).map(([id, name]) => [count - 1 - Number(id), name] as const);
    const ids = integers("in.problem_ids");
    const table = get("w.adapter.class_embed.0.weight");
    const size = table.shape[1];
    const rows = map(table, (_, i) => table.data[(count - 1 - Math.floor(i / size)) * size + (i % size)]);
    const fixture = altered("adapter_loss", "turned.safetensors", {
      keep: (name) => !isResult(name) || name.startsWith("out.learn."),
      config: { problems: Object.fromEntries(turned), variants: { learn: variants.learn } },
      arrays: {
        "in.problem_ids": hostArray(
          Float32Array.from(ids.data, (id) => count - 1 - id),
          ids.shape,
        ),
        "w.adapter.class_embed.0.weight": rows,
      },
    });
    expect(compared(fixture)).toHaveLength(original("adapter_loss").names("out.learn.").length);
    await runChecks(fixture);
  });

  it("takes the other published operators, in any order and repeated, against plain loops", async () => {
    const { get, config } = original("adapter_loss");
    const random = randomSource(3);
    const [images, reconstructions] = [get("in.img"), get("out.base.x_rec")];
    const [count, ...shape] = images.shape;
    const [channels, height, width] = shape;
    const size = channels * height * width;
    const one = ({ data }: HostArray, i: number): HostArray =>
      hostArray(data.slice(i * size, (i + 1) * size), [1, ...shape]);
    const maskOf = (hidden: (row: number, column: number) => boolean): HostArray =>
      hostArray(
        Float32Array.from({ length: height * width }, (_, i) => (hidden(Math.floor(i / width), i % width) ? 0 : 1)),
        [1, 1, height, width],
      );
    const kernel = random.uniformArray([15, 15]);
    const total = [...kernel.data].reduce((sum, value) => sum + value);
    const lastKernel = map(kernel, (value) => value / total);
    const masks: Record<number, HostArray> = {
      1: maskOf((row, column) => row > 7 && row < 20 && column > 10 && column < 17),
      3: maskOf(() => random.uniform() < 0.5),
    };
    const byMask = (x: HostArray, mask: HostArray): HostArray =>
      map(x, (value, i) => mask.data[i % mask.data.length] * value);
    const blur = (x: HostArray): HostArray => plainBlur(x, lastKernel);
    const clipped = (x: HostArray): HostArray => map(x, (value) => Math.min(1, Math.max(-1, 2 * value)));
    const batch: [problem: number, forward: (x: HostArray) => HostArray][] = [
      [2, blur],
      [1, (x) => byMask(x, masks[1])],
      [2, blur],
      [0, (x) => byMask(x, masks[3])],
      [3, clipped],
    ];
    const noises = batch.map(() => random.normalArray([1, ...shape]));
    const ys = batch.map(([, forward], i) => {
      const y = forward(one(images, i));
      return map(y, (value, k) => value + 0.05 * noises[i].data[k]);
    });
    const misfits = batch.map(([, forward], i) => {
      const again = forward(one(reconstructions, i));
      let sum = 0;
      again.data.forEach((value, k) => (sum += (value - ys[i].data[k]) ** 2));
      return (200 * sum) / size;
    });
    // An adapter whose output is 0 gives z = eps whatever it sees: with the recorded z for eps, the flow's results are as recorded.
    const embedding = original("adapter_loss").get("w.adapter.class_embed.0.weight").shape[1];
    const silent = Object.fromEntries(
      ["weight", "bias"].map((part) => {
        const name = `w.adapter.conv_out.${part}`;
        return [name, map(get(name), () => 0)];
      }),
    );
    const fromFlow =
      /^out\.base\.(fm_loss|mf_loss|flow_loss|z|fm_recon|x_rec|u|du_dt|v_t\w+|x_t\w+|[tr]_\w+|mask|drop_ids)$/;
    const fixture = altered("adapter_loss", "operators.safetensors", {
      keep: (name) => (!isResult(name) || fromFlow.test(name)) && !name.startsWith("in.meas_noise."),
      config: {
        adapter: { ...(config.adapter as object), num_inverse_problems: 4 },
        problems: {
          0: "random inpainting",
          1: "box inpainting 8-24",
          2: "motion blur 15/0.5 reflect",
          3: "hdr x2 (res 32)",
        },
        variants: { base: (config.variants as Record<string, unknown>).base },
      },
      arrays: {
        ...silent,
        "in.eps_z": get("out.base.z"),
        "in.problem_ids": hostArray(
          batch.map(([id]) => id),
          [count],
        ),
        "in.motion_kernel_last": lastKernel,
        ...Object.fromEntries(Object.entries(masks).map(([i, mask]) => [`in.op_mask.${i}`, mask])),
        ...Object.fromEntries(noises.map((noise, i) => [`in.meas_noise.${i}`, noise])),
        "w.adapter.class_embed.0.weight": random.normalArray([4, embedding]),
        "out.base.ys": hostArray(
          ys.flatMap(({ data }) => [...data]),
          images.shape,
        ),
        "out.base.data_consistency_loss": hostArray(misfits, [count]),
        "out.base.kl_loss": hostArray(new Float32Array(count), [count]),
      },
    });
    expect(compared(fixture).length).toBeGreaterThan(15);
    await runChecks(fixture);
  });
});
