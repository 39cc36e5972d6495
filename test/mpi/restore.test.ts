import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomSource } from "../../src/array/index.js";
import { writePng } from "../../src/node/data/index.js";
import { writeTinyCheckpoint } from "../support/tiny-model.js";
import { lacking, type Launch, ranksOf, type Running, start } from "./launch.js";

const images = 24;
let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-mpi-restore-"));
  await writeTinyCheckpoint(at("model"));
  await mkdir(at("images/nested"), { recursive: true });
  for (let i = 0; i < images; i++)
    await writePng(at(`images/${i % 2 === 0 ? "" : "nested/"}${i}.png`), randomSource(i).uniformArray([1, 8 + i, 24]));
  await writeFile(at("images/broken.png"), "no image");
});
afterAll(() => rm(folder, { recursive: true }));

const words = (out: string): string[] => [
  ...["restore", at("images"), "--checkpoint", at("model"), "--problem", "denoise", "--degrade", "--samples", "2"],
  ...["--threads", "1", "--json", "--out", at(out)],
];
const on = (launch: Launch, out: string, ...more: string[]): Running =>
  start(launch, ...words(out), "--distributed", "mpi", ...more);

/** What was written of the images, by path; the manifests' lines together, sorted. */
async function written(out: string): Promise<{ files: Record<string, string>; lines: string[] }> {
  const entries = await readdir(at(out), { recursive: true, withFileTypes: true });
  const files: Record<string, string> = {};
  const lines: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (entry.name.startsWith("manifest")) lines.push(...(await readFile(path, "utf8")).trimEnd().split("\n"));
    else files[path.slice(at(out).length)] = await readFile(path, "base64");
  }
  return { files, lines: lines.sort() };
}
/** The images whose results are there; a rank that was killed may leave others in folders of another name, unfinished. */
const finished = async (out: string): Promise<number> => {
  const names = await readdir(at(out), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".png/result.json")).length;
};

describe.skipIf(lacking !== undefined)(
  `a folder of images over MPI${lacking === undefined ? "" : `: skipped, for ${lacking}`}`,
  () => {
    beforeAll(async () => {
      expect((await start(undefined, ...words("alone")).ended).code).toBe(1);
    });

    it.each([
      ["a model that is not there", ["--checkpoint", "nowhere"], "nowhere"],
      ["the folder of an earlier run", ["--out", "@alone"], "earlier run"],
    ])("refuses %s once, not on every rank", async (_, given, reason) => {
      const more = given.map((word) => (word.startsWith("@") ? at(word.slice(1)) : word));
      const { code, out, err } = await on({ ranks: 2, killSeconds: 1 }, "refused", ...more).ended;
      expect(code).toBe(2);
      const { error } = JSON.parse(out) as { error: string };
      expect(error).toContain(reason);
      expect(err.split("\n").filter((line) => line.startsWith("vfm: "))).toEqual([`vfm: ${error}`]);
    });

    it("has the files of one process on two ranks; rank 0 counts for both", async () => {
      const { code, out } = await on({ ranks: 2, killSeconds: 1 }, "two").ended;
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ images: images + 1, done: images, skipped: 0, failed: 1 });
      expect(await written("two")).toEqual(await written("alone"));
    });

    it("continues with three ranks where one of two was killed, to the same files", async () => {
      const running = on({ ranks: 2 }, "killed");
      // The second rank has most of its twelve images left when the first of all is done.
      while ((await finished("killed")) < 1 && running.process.exitCode === null)
        await new Promise((wake) => setTimeout(wake, 5));
      expect(running.process.exitCode, "the run ended before a rank was killed").toBeNull();
      const ranks = ranksOf(at("killed"));
      expect(ranks).toHaveLength(2);
      process.kill(ranks[1], "SIGKILL");
      // An undisturbed run ends with 1 because of the broken image; this is the killed rank's own code.
      expect((await running.ended).code).toBe(137);
      const before = await finished("killed");
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(images);
      const { out } = await on({ ranks: 3, killSeconds: 1 }, "killed", "--resume").ended;
      expect(JSON.parse(out)).toMatchObject({ done: images - before, skipped: before, failed: 1 });
      expect(await written("killed")).toEqual(await written("alone"));
    });
  },
);
