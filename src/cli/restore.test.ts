import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { vfm } from "../../test/support/command-line.js";
import { writeTinyCheckpoint } from "../../test/support/tiny-model.js";
import { hostFull, randomSource } from "../array/index.js";
import { writePng } from "../node/data/index.js";
import { decodeSafetensors } from "../storage/index.js";
import { Progress } from "./progress.js";

let root: string;
let images: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vfm-restore-"));
  await writeTinyCheckpoint(join(root, "model"));
  images = join(root, "images");
  await mkdir(join(images, "nested", "deep"), { recursive: true });
  await writePng(join(images, "one.png"), hostFull([1, 8, 8], 0.3));
  await writePng(join(images, "nested", "wide.png"), randomSource(0).uniformArray([1, 17, 21]));
  await writePng(join(images, "nested", "deep", "colour.png"), randomSource(1).uniformArray([3, 12, 8]));
  await writeFile(join(images, "broken.png"), "no image");
  await writePng(join(images, "small.png"), hostFull([1, 7, 9], 0));
  await writeFile(join(images, "notes.txt"), "notes");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const restore = (out: string, ...options: string[]) =>
  vfm(
    ...["restore", images, "--checkpoint", join(root, "model"), "--problem", "super-resolution", "--samples", "2"],
    ...["--json", "--out", join(root, out), ...options],
  );
const manifest = async (out: string, name = "manifest.jsonl") =>
  (await readFile(join(root, out, name), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
/** Every file of an output folder that is an image's, with its bytes. */
const contents = async (out: string): Promise<Map<string, string>> => {
  const found = (await readdir(join(root, out), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith("manifest"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return new Map(
    await Promise.all(
      found.map(async (path): Promise<[string, string]> => [
        path.slice(join(root, out).length),
        (await readFile(path)).toString("base64"),
      ]),
    ),
  );
};

describe("vfm restore", () => {
  it("restores every image, names what cannot be used, and fails then", async () => {
    const { code, out, err } = await restore("all", "--degrade", "--tensors");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ images: 5, done: 3, skipped: 0, failed: 2, otherFiles: 1 });
    expect(err).toMatch(/broken\.png is not an image/);
    expect(err).toMatch(/small\.png is 9 x 7 pixels, smaller than the model's 8 x 8/);
    const [broken, colour, wide, one, small] = await manifest("all");
    expect(broken).toMatchObject({ path: "broken.png", status: "failed" });
    expect(small).toMatchObject({ path: "small.png", status: "failed" });
    expect(one).toMatchObject({ status: "done", tiles: 1, size: { width: 8, height: 8 } });
    expect(colour).toMatchObject({ path: "nested/deep/colour.png", converted: ["colour to grey"] });
    expect(wide).toMatchObject({ size: { width: 20, height: 16 }, cut: { width: 1, height: 1 }, tiles: 12 });
    const folder = join(root, "all", "nested", "wide.png");
    const { samples, mean, std } = Object.fromEntries(
      decodeSafetensors(await readFile(join(folder, "samples.safetensors")), "samples"),
    );
    expect(samples.shape).toEqual([2, 1, 16, 20]);
    expect(mean.data[5]).toBeCloseTo((samples.data[5] + samples.data[325]) / 2, 5);
    // 16 bits of the standard deviation: 65535 is 1.
    const { data, info } = await sharp(join(folder, "std.png"))
      .toColourspace("grey16")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 20, height: 16 });
    const level = new Uint16Array(data.buffer, data.byteOffset, 320)[5];
    expect(level / 65535).toBeCloseTo(Math.min(1, std.data[5]), 4);
  });

  it("says of the first image already how many there are, and never less than before", async () => {
    const shares: number[] = [];
    const update = vi.spyOn(Progress.prototype, "update").mockImplementation((done) => void shares.push(done));
    await restore("progress", "--degrade", "--shard", "2/2").finally(() => update.mockRestore());
    // Two images: each before its only batch and at its end.
    expect(shares).toEqual([0, 0.5, 0.5, 1]);
  });

  it("gives the same files in parts, resumed, and alone", async () => {
    const parts = await Promise.all(["1/2", "2/2"].map((part) => restore("parts", "--degrade", "--shard", part)));
    expect(parts.map(({ code }) => code).sort()).toEqual([0, 1]);
    await restore("whole", "--degrade");
    expect(await contents("parts")).toEqual(await contents("whole"));
    const lines = [
      ...(await manifest("parts", "manifest-1-of-2.jsonl")),
      ...(await manifest("parts", "manifest-2-of-2.jsonl")),
    ];
    const byPath = (a: Record<string, unknown>, b: Record<string, unknown>) =>
      String(a.path) < String(b.path) ? -1 : 1;
    expect(lines.sort(byPath)).toEqual((await manifest("whole")).sort(byPath));
    await rm(join(root, "whole", "one.png"), { recursive: true });
    const { out } = await restore("whole", "--degrade", "--resume");
    expect(JSON.parse(out)).toMatchObject({ images: 5, done: 1, skipped: 2, failed: 2 });
    expect(await contents("whole")).toEqual(await contents("parts"));
  });

  it("takes the images for observations without --degrade", async () => {
    const { out } = await restore("seen");
    expect(JSON.parse(out)).toMatchObject({ done: 3, update: false });
    expect(
      (await readFile(join(root, "seen", "one.png", "observation.png"))).equals(
        await readFile(join(images, "one.png")),
      ),
    ).toBe(true);
  });

  it.each([
    { options: ["--label", "3"], reason: /label/ },
    { options: ["--overlap", "0.9"], reason: /choose at most 4/ },
    { options: ["--shard", "3/2"], reason: /give e\.g\. 3\/16/ },
    { options: ["--problem", "nothing"], reason: /nothing/ },
    { options: ["--guidance-interval", "0,1"], reason: /give --guidance too/ },
    { options: ["--shard", "1/2", "--distributed", "mpi"], reason: /give one/ },
  ])("refuses $options before it writes anything", async ({ options, reason }) => {
    const { code, err } = await restore("refused", ...options);
    expect(code).toBe(2);
    expect(err).toMatch(reason);
    expect(await readdir(root)).not.toContain("refused");
  });

  it("refuses an output folder among the images, other options on resume, and a folder without images", async () => {
    const inside = await restore("images/out");
    expect(inside).toMatchObject({ code: 2 });
    expect(inside.err).toMatch(/lies among the images/);
    await restore("again", "--shard", "5/5");
    const other = await restore("again", "--resume", "--seed", "4");
    expect(other).toMatchObject({ code: 2 });
    expect(other.err).toMatch(/made with seed 0, not 4/);
    const none = await vfm("restore", join(root, "model"), "--problem", "denoise", "--out", join(root, "none"));
    expect(none).toMatchObject({ code: 2 });
    expect(none.err).toMatch(/holds no images/);
  });
});
