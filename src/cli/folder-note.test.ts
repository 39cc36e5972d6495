import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { vfm } from "../../test/support/command-line.js";

const images = 40;
let folder = "";
const at = (name: string): string => join(folder, name);

// Colours for a grey model, and one file that is no image.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-folder-note-"));
  await mkdir(at("images"));
  for (let i = 0; i < images; i++) {
    const background = { r: 250 - 5 * i, g: 30, b: 5 * i };
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toFile(at(`images/${i}.png`));
  }
  await writeFile(at("images/notes.txt"), "not an image\n");
  const shape = [1, 8, 8];
  const config = {
    seed: 0,
    data: { kind: "images", folder: "images", channels: 1, height: 8, width: 8 },
    flowMap: { model: "residual-mlp", shape, depth: 1, width: 8, embedding: 8 },
    adapter: { model: "mlp", observationShape: shape, shape, problems: 1, depth: 1, width: 8 },
    problems: [{ name: "denoise", sigma: 0.5 }],
  };
  await writeFile(at("config.json"), JSON.stringify(config));
  expect((await vfm("initialise", at("config.json"), "--out", at("model"))).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe("what was left out of a folder of images, or changed in them", () => {
  it.each([
    ["evaluate", "--images 2 --samples 2"],
    ["calibrate", "--target image-model --simulations 50 --samples 2"],
    ["fit-updates", "--images 2 --samples 2"],
  ])("vfm %s says it on stderr and in JSON", async (command, options) => {
    const { code, out, err } = await vfm(command, "--checkpoint", at("model"), ...options.split(" "), "--json");
    expect(code, err).toBe(0);
    const { skipped, converted } = JSON.parse(out) as { skipped: number; converted: number };
    expect(skipped).toBe(1);
    expect(converted).toBeGreaterThan(0);
    expect(converted).toBeLessThanOrEqual(images);
    expect(err).toContain("vfm: 1 file among the images left out");
    expect(err).toContain(`vfm: ${converted} image`);
  });
});
