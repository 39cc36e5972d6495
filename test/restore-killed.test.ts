import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RandomSource, randomSource } from "../src/array/index.js";
import { writePng } from "../src/node/data/index.js";
import { builtProgram } from "./support/built-program.js";
import { vfm } from "./support/command-line.js";
import { writeTinyCheckpoint } from "./support/tiny-model.js";

const images = 500;
let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-500-"));
  await writeTinyCheckpoint(at("model"));
  for (let i = 0; i < images; i++) {
    const place = at(`images/${["", "left", "left/deep", "right"][i % 4]}`);
    await mkdir(place, { recursive: true });
    // Every tenth is larger than the model's 8 x 8.
    const shape = i % 10 === 0 ? [1, 12, 8] : [1, 8, 8];
    await writePng(join(place, `${i}.png`), randomSource(i).uniformArray(shape));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const words = (out: string): string[] => [
  ...["restore", at("images"), "--checkpoint", at("model"), "--problem", "denoise", "--degrade", "--samples", "1"],
  ...["--threads", "1", "--json", "--out", at(out)],
];

/** Every file of an output folder but the manifests, with its bytes. */
async function filesIn(out: string): Promise<Map<string, string>> {
  const entries = await readdir(at(out), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const kept = paths.filter((path) => !path.startsWith(join(at(out), "manifest"))).sort();
  const read = kept.map(async (path) => [path.slice(at(out).length), await readFile(path, "base64")] as const);
  return new Map(await Promise.all(read));
}

/** When each image's result was written, by its path. */
async function writtenAt(out: string): Promise<Map<string, number>> {
  const names = (await readdir(at(out), { recursive: true })).filter((name) => name.endsWith(".png/result.json"));
  return new Map(
    await Promise.all(names.map(async (name) => [name, (await stat(join(at(out), name))).mtimeMs] as const)),
  );
}

async function linesIn(out: string, manifest = "manifest.jsonl"): Promise<string[]> {
  const text = await readFile(join(at(out), manifest), "utf8").catch(() => "");
  return text.split("\n").slice(0, -1);
}

/** Kills the run at a random moment after it has come to so many images. */
async function killAfter(child: ChildProcess, out: string, count: number, random: RandomSource): Promise<void> {
  while ((await linesIn(out)).length < count && child.exitCode === null) await setTimeout(5);
  await setTimeout(random.integer(30));
  expect(child.exitCode, "the run ended before it was killed").toBeNull();
  child.kill("SIGKILL");
  await once(child, "close");
}

describe("a folder of 500 images", () => {
  it("killed three times and resumed has every result once, the files of an uninterrupted run", async () => {
    const random = randomSource(14);
    // The last kill comes when at least two fifths of the images are left, long before a run could end by itself.
    for (const [run, thousandth] of [100, 300, 500].entries()) {
      const before = await writtenAt("killed").catch(() => new Map<string, number>());
      const argv = [builtProgram, ...words("killed"), ...(run === 0 ? [] : ["--resume"])];
      const child = spawn(process.execPath, argv, { stdio: "ignore" });
      await killAfter(child, "killed", (images * (thousandth + random.integer(100))) / 1000, random);
      expect(child.signalCode).toBe("SIGKILL");
      const after = await writtenAt("killed");
      expect(after.size).toBeGreaterThan(before.size);
      // What was done is not done again.
      for (const [path, time] of before) expect(after.get(path)).toBe(time);
    }
    const done = (await writtenAt("killed")).size;
    expect(done).toBeLessThan(images);
    const resumed = await vfm(...words("killed"), "--resume");
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.out)).toMatchObject({ images, done: images - done, skipped: done, failed: 0 });

    expect((await vfm(...words("whole"))).code).toBe(0);
    const whole = await filesIn("whole");
    expect([...whole.keys()].filter((path) => path.endsWith("result.json"))).toHaveLength(images);
    expect(await filesIn("killed")).toEqual(whole);
    const lines = await linesIn("whole");
    expect(new Set(lines).size).toBe(images);
    expect(await linesIn("killed")).toEqual(lines);

    for (const part of ["1/3", "2/3", "3/3"]) expect((await vfm(...words("parts"), "--shard", part)).code).toBe(0);
    expect(await filesIn("parts")).toEqual(whole);
    const parts = await Promise.all([1, 2, 3].map((i) => linesIn("parts", `manifest-${i}-of-3.jsonl`)));
    expect(parts.flat().sort()).toEqual([...lines].sort());
  }, 300_000);
});
