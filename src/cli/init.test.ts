import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { vfm } from "../../test/support/command-line.js";
import { readTrainConfig } from "../train/configuration/index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-init-"));
});
afterEach(() => rm(folder, { recursive: true }));

const jsonOf = ({ code, out, err }: Awaited<ReturnType<typeof vfm>>): Record<string, unknown> => {
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Record<string, unknown>;
};

describe("vfm init", () => {
  it("writes what trains on a folder of images, and samples", async () => {
    const mine = join(folder, "mine");
    const { config, images, ...written } = jsonOf(await vfm("init", mine, "--size", "8", "--seed", "3", "--json")) as {
      config: string;
      images: string;
    };
    expect(written).toEqual({ readme: join(mine, "README.md"), seed: 3 });
    for (let i = 0; i < 8; i++) {
      const noise = { type: "gaussian", mean: 100 + 10 * i, sigma: 40 } as const;
      const create = { width: 12, height: 9 + i, channels: 3, background: "black", noise } as const;
      await sharp({ create })
        .png()
        .toFile(join(images, `${i}.png`));
    }
    const { stages } = await readTrainConfig(config);
    expect(stages.map(({ kind }) => kind)).toEqual(["flow-matching", "mean-flow", "adapter", "joint"]);
    // The last stage holds what the others do; two steps of smaller networks are enough to try it.
    const given = JSON.parse(await readFile(config, "utf8")) as Record<"flowMap" | "adapter" | "stages", object>;
    const short = { ...stages[3], steps: 2, batchSize: 6 };
    const [flowMap, adapter] = [given.flowMap, given.adapter].map((network) => ({ ...network, channels: 8 }));
    await writeFile(config, JSON.stringify({ ...given, flowMap, adapter, stages: [short] }));
    const run = join(folder, "run");
    const trained = jsonOf(await vfm("train", config, "--out", run, "--json"));
    expect(trained).toMatchObject({ complete: true, checkpoint: join(run, "checkpoint") });
    const source = ["--checkpoint", join(run, "checkpoint"), "--image", join(images, "0.png")];
    const problem = ["--problem", "inpaint-box", "--samples", "2", "--out", join(folder, "samples"), "--json"];
    expect(jsonOf(await vfm("sample", ...source, ...problem))).toMatchObject({ samples: 2 });
  });

  it("writes for images of 32 x 32, their folder relative to the configuration's", async () => {
    const { config } = jsonOf(await vfm("init", folder, "--channels", "1", "--json")) as { config: string };
    expect(config).toBe(join(folder, "config.json"));
    expect(JSON.parse(await readFile(config, "utf8"))).toMatchObject({
      seed: 0,
      data: { kind: "images", folder: "images", height: 32, width: 32, channels: 1 },
    });
    expect((await vfm("init", "--help")).out).toMatch(/working directory[^]*Example:\n {2}vfm init mine/);
  });

  it.each(["config.json", "README.md"])("overwrites no %s", async (name) => {
    await writeFile(join(folder, name), "kept");
    const { code, out, err } = await vfm("init", folder);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toBe(`vfm: ${join(folder, name)} exists already: name another folder, or remove it\n`);
    expect(await readdir(folder)).toEqual([name]);
    expect(await readFile(join(folder, name), "utf8")).toBe("kept");
  });

  it.each([
    ["--size", "30", /multiple of 4/],
    ["--channels", "2", /Allowed choices are 1, 3/],
  ])("refuses %s %s", async (option, value, reason) => {
    const { code, err } = await vfm("init", join(folder, "mine"), option, value);
    expect(code).toBe(2);
    expect(err).toMatch(reason);
    expect(await readdir(folder)).toEqual([]);
  });
});
