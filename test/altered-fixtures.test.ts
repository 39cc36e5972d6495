import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { hostArray, type HostArray } from "../src/array/index.js";
import {
  type Alteration,
  alteredCopy,
  compared,
  isResult,
  map,
  original,
  runChecks,
} from "./support/parity/altered.js";
import { type Fixture, fixturesIn } from "./support/parity/fixture.js";
import { type Kind } from "./support/parity/kinds.js";
import { plainConvolution, plainFilm, plainGroupNorm, plainSilu } from "./support/parity/plain-layers.js";

// The checks of test/parity on altered copies of the kept fixtures: whatever a file holds is compared, and nothing else is asked of it.

const folder = mkdtempSync(join(tmpdir(), "vfm-parity-"));
afterAll(() => rmSync(folder, { recursive: true }));

const altered = (kind: Kind, file: string, alteration: Alteration): Fixture =>
  alteredCopy(original(kind), folder, file, alteration);

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

  it.each([
    ["dmft", "out.u"],
    ["sit", "out.v"],
  ] as const)("of a transformer, from what the file has: %s", async (kind, output) => {
    const { get, config } = original(kind);
    const { patch_size: patch } = config.model as { patch_size: number };
    const [positions, u] = [get("w.pos_embed"), get(output)];
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
    const ofDmft = (): Record<string, HostArray> => ({
      "out.dbg.x_embedder": get("out.dbg.patch_tokens"),
      "out.dbg.pos_tokens": map(
        get("out.dbg.patch_tokens"),
        (value, i) => value + positions.data[i % positions.data.length],
      ),
      "out.dbg.t_embedder": get("out.dbg.t_embed"),
      "out.dbg.blocks.2": get("out.dbg.block2"),
    });
    const arrays = { ...(kind === "dmft" && ofDmft()), "out.dbg.final_layer": final };
    await runChecks(altered(kind, "layers.safetensors", { arrays }), Object.keys(arrays));
  });
});
