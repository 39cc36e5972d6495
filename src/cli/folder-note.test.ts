import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { vfm } from "../../test/support/command-line.js";

// A tenth is held out, and the calibration needs more than a hundred of those.
const images = 2000;
const different = 50;
let folder = "";
const at = (name: string): string => join(folder, name);

// Colours for a grey model, and one file that is no image.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-folder-note-"));
  await mkdir(at("images"));
  const random = randomSource(1);
  const files: Uint8Array[] = [];
  for (let i = 0; i < different; i++) {
    const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, () => random.integer(256));
    const raw = { width: 8, height: 8, channels: 3 } as const;
    files.push(await sharp(pixels, { raw }).png().toBuffer());
  }
  for (let i = 0; i < images; i++) await writeFile(at(`images/${i}.png`), files[i % different]);
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
    ["calibrate", "--target image-model --simulations 100 --samples 2"],
    ["fit-updates", "--images 2 --samples 2"],
  ])("vfm %s says it on stderr and in JSON", async (command, options) => {
    const { code, out, err } = await vfm(command, "--checkpoint", at("model"), ...options.split(" "), "--json");
    expect(code, err).toBe(0);
    const { skipped, converted } = JSON.parse(out) as { skipped: number; converted: number };
    expect(skipped).toBe(1);
    expect(converted).toBeGreaterThan(0);
    expect(converted).toBeLessThanOrEqual(images);
    expect(err).toContain("vfm: skipped 1 file among the images");
    expect(err).toContain(`vfm: converted ${converted} image`);
  });
});
