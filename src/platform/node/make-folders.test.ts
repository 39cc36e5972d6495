import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeFolders } from "./make-folders.js";

let root = "";
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "vfm-folders-"))));
afterEach(() => rm(root, { recursive: true }));

it("makes what is missing, and says which it made first", async () => {
  expect(await makeFolders(join(root, "a", "b", "c"))).toBe(join(root, "a"));
  expect(await makeFolders(join(root, "a", "b", "d"))).toBe(join(root, "a", "b", "d"));
  expect(await makeFolders(join(root, "a"))).toBeUndefined();
  expect((await readdir(root, { recursive: true })).sort()).toEqual(["a", "a/b", "a/b/c", "a/b/d"]);
});

it("is made by several at once", async () => {
  await Promise.all(Array.from({ length: 8 }, () => makeFolders(join(root, "x", "y", "z"))));
  expect(await readdir(join(root, "x", "y"))).toEqual(["z"]);
});

it("leaves nothing where one cannot be made", async () => {
  await writeFile(join(root, "file"), "");
  await expect(makeFolders(join(root, "file", "a"))).rejects.toThrow(/ENOTDIR/);
  await expect(makeFolders(join(root, "file"))).rejects.toThrow(/EEXIST/);
  await expect(makeFolders(join(root, "a", "b", "x".repeat(300)))).rejects.toThrow(/ENAMETOOLONG/);
  await expect(makeFolders(join(root, "a\u0000b"))).rejects.toThrow(/null bytes/);
  expect(await readdir(root)).toEqual(["file"]);
  await mkdir(join(root, "there"));
  await expect(makeFolders(join(root, "there", "a", "x".repeat(300)))).rejects.toThrow(/ENAMETOOLONG/);
  expect(await readdir(join(root, "there"))).toEqual([]);
});

// The folder exists, but creating a folder in it fails with an error that it does not; Node's own recursion never ends.
it.skipIf(process.platform !== "linux")("ends in /proc", async () => {
  await expect(makeFolders("/proc/out/a")).rejects.toThrow(/ENOENT/);
});
