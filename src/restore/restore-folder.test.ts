import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError, VfmError } from "../errors.js";
import { temporaryName } from "../platform/node/index.js";
import { restoreFolder, type RestoreFolderOptions } from "./restore-folder.js";

let out: string;
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), "vfm-restore-")), "out");
});
afterEach(() => rm(join(out, ".."), { recursive: true }));

const paths = ["a.png", "b/a.png", "b/c.png", "b/d/e.png", "f%.png", "g.png", "h.png"];
const whole = { index: 1, count: 1 };

/** Writes each image's path as its only file, and records which images were asked for, and how many at once. */
function worker() {
  const asked: string[] = [];
  let atOnce = 0;
  let most = 0;
  const restore: RestoreFolderOptions["restore"] = async (path) => {
    asked.push(path);
    most = Math.max(most, ++atOnce);
    await new Promise((done) => setTimeout(done, 1));
    atOnce--;
    if (path === "b/c.png") throw new InputError("b/c.png is no image");
    return { about: { tiles: 1 }, files: new Map([["mean.png", () => new TextEncoder().encode(path)]]) };
  };
  return { asked, restore, most: () => most };
}

const run = (own: Partial<RestoreFolderOptions>) =>
  restoreFolder({ paths, out, settings: { seed: 1 }, shard: whole, resume: false, restore: worker().restore, ...own });
const files = async (): Promise<string[]> =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .sort();
const lines = async (name: string): Promise<string[]> =>
  (await readFile(join(out, name), "utf8")).trimEnd().split("\n");

describe("a folder of images", () => {
  it("is worked through one image at a time, and one that cannot be used is named", async () => {
    const { restore, asked, most } = worker();
    const counts = await run({ restore });
    expect(counts).toMatchObject({ images: 7, done: 6, skipped: 0, failed: 1 });
    expect(asked).toEqual(paths);
    expect(most()).toBe(1);
    const manifest = (await lines("manifest.jsonl")).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(manifest.map(({ path }) => path)).toEqual(paths);
    expect(manifest[2]).toEqual({ path: "b/c.png", status: "failed", error: "b/c.png is no image" });
    expect(manifest[4]).toEqual({
      path: "f%.png",
      status: "done",
      folder: "f%25.png",
      files: ["mean.png"],
      tiles: 1,
    });
    expect(await files()).toEqual(
      [
        "manifest.jsonl",
        "settings.json",
        ...["a.png", "b/a.png", "b/d/e.png", "f%25.png", "g.png", "h.png"].flatMap((folder) => [
          `${folder}/mean.png`,
          `${folder}/result.json`,
        ]),
      ].sort(),
    );
    expect(await readFile(join(out, "b/d/e.png/mean.png"), "utf8")).toBe("b/d/e.png");
  });

  it("that was interrupted anywhere is resumed to the same files and manifest, no image done twice", async () => {
    await run({});
    const wanted = [await files(), await lines("manifest.jsonl")];
    await rm(out, { recursive: true });
    const asked: string[] = [];
    for (let stop = 0; ; stop++) {
      const { restore } = worker();
      const interrupted = run({
        resume: true,
        restore: async (path, systemPath) => {
          if (stop < 4 && asked.filter((one) => one !== "b/c.png").length > stop) throw new VfmError("interrupted");
          asked.push(path);
          return restore(path, systemPath);
        },
      });
      if (stop >= 4) {
        expect(await interrupted).toMatchObject({ images: 7, skipped: 4, done: 2, failed: 1 });
        break;
      }
      await expect(interrupted).rejects.toThrow("interrupted");
      // A remainder of a process that was killed.
      const left = temporaryName(join(out, "g.png"));
      await mkdir(left, { recursive: true });
      await writeFile(join(left, "mean.png"), "half");
    }
    expect([await files(), await lines("manifest.jsonl")]).toEqual(wanted);
    const done = asked.filter((path) => path !== "b/c.png");
    expect(new Set(done).size).toBe(done.length);
  });

  it("in parts has the files and lines of the whole", async () => {
    await run({});
    const [wanted, wantedLines] = [await files(), await lines("manifest.jsonl")];
    await rm(out, { recursive: true });
    const parts = [1, 2, 3].map((index) => ({ index, count: 3 }));
    const all = await Promise.all(parts.map((shard) => run({ shard })));
    expect(all.map(({ images }) => images)).toEqual([3, 2, 2]);
    const found = await files();
    const isManifest = (name: string): boolean => name.startsWith("manifest");
    expect(found.filter((name) => !isManifest(name))).toEqual(wanted.filter((name) => !isManifest(name)));
    const together = await Promise.all(found.filter(isManifest).map(lines));
    expect(together.flat().sort()).toEqual([...wantedLines].sort());
    // Another division resumes the run, and leaves no record twice.
    expect(await run({ resume: true })).toMatchObject({ skipped: 6, done: 0, failed: 1 });
    expect(await files()).toEqual(wanted);
    expect(await lines("manifest.jsonl")).toEqual(wantedLines);
  });

  it("refuses the folder of another run, and its own without resume", async () => {
    await run({});
    await expect(run({})).rejects.toThrow(/holds manifest.jsonl of an earlier run: continue it with --resume/);
    await expect(run({ shard: { index: 2, count: 3 } })).rejects.toThrow(/--resume/);
    const long = { resume: true, settings: { seed: 1, constructor: "x".repeat(500) } };
    await expect(run(long)).rejects.toThrow(/was made with constructor none, not "x{39}\.\.\.:/);
    await expect(run({ resume: true, settings: { seed: 2 } })).rejects.toThrow(/was made with seed 1, not 2/);
    await expect(run({ resume: true, settings: { seed: 1, steps: 4 } })).rejects.toThrow(/steps none, not 4/);
  });

  it("refuses a second run of a part while one is running, but not a run of another part", async () => {
    const part = (index: number) => ({ shard: { index, count: 2 }, resume: true });
    const ends = await Promise.allSettled([run(part(1)), run(part(1)), run(part(2))]);
    const refused = ends.filter((end) => end.status === "rejected").map(({ reason }) => String(reason));
    expect(refused).toEqual([expect.stringMatching(/is in use by process \d+: wait for it/)]);
    const all = (await Promise.all([1, 2].map((i) => lines(`manifest-${i}-of-2.jsonl`)))).flat();
    expect(all).toHaveLength(paths.length);
    expect((await files()).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  it("ends at what is no image's fault, and leaves no half image", async () => {
    const broken = async () => ({
      about: {},
      files: new Map<string, () => Promise<Uint8Array> | Uint8Array>([
        ["mean.png", () => new Uint8Array(1)],
        ["std.png", () => Promise.reject(new VfmError("the disk is full"))],
      ]),
    });
    await expect(run({ restore: broken })).rejects.toThrow("the disk is full");
    expect(await files()).toEqual(["manifest.jsonl", "settings.json"]);
  });
});
