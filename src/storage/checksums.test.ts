import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { writeBoundFolder, writeIntoBoundFolder } from "./index.js";

let root = "";
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "vfm-bound-"))));
afterEach(() => rm(root, { recursive: true }));

const write = (text: string): Promise<void> =>
  writeBoundFolder(join(root, "model"), (folder) => writeFile(join(folder, "weights"), text));

it("a folder is replaced with all its own files, those of earlier versions too", async () => {
  await write("old");
  await writeIntoBoundFolder(join(root, "model"), "updates.json", "{}");
  await write("new");
  expect((await readdir(join(root, "model"))).sort()).toEqual(["checksums.json", "weights"]);
  await rm(join(root, "model", "checksums.json"));
  await write("newer");
  expect(await readFile(join(root, "model", "weights"), "utf8")).toBe("newer");
});

it("a folder that holds another file is not replaced", async () => {
  await mkdir(join(root, "model"));
  await writeFile(join(root, "model", "thesis.txt"), "mine");
  await expect(write("new")).rejects.toThrow(InputError);
  await expect(write("new")).rejects.toThrow(/model holds thesis\.txt, and a checkpoint replaces its folder/);
  expect(await readFile(join(root, "model", "thesis.txt"), "utf8")).toBe("mine");
  expect(await readdir(root)).toEqual(["model"]);
});

it("a folder in which a file manager left its file is replaced", async () => {
  await write("old");
  await writeFile(join(root, "model", ".DS_Store"), "");
  await writeIntoBoundFolder(join(root, "model"), "updates.json", "{}");
  expect((await readdir(join(root, "model"))).sort()).toEqual(["checksums.json", "updates.json", "weights"]);
  await writeFile(join(root, "model", ".DS_Store"), "");
  await write("new");
  expect(await readFile(join(root, "model", "weights"), "utf8")).toBe("new");
});
