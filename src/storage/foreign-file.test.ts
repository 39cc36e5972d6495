import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { requireNoForeignFile } from "./foreign-file.js";
import { readJson } from "./json.js";
import { readTree } from "./safetensors.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-foreign-"));
});
afterAll(() => rm(folder, { recursive: true }));

const page = "<!DOCTYPE html>\n<html><title>Sign in</title></html>";
const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";

describe.each([
  ["a page", page, /is an HTML page, not the file itself: download the raw file/],
  ["a pointer", pointer, /is a Git LFS pointer, not the file itself: run "git lfs pull"/],
])("%s", (_, content, message) => {
  it.each<[string, (path: string) => Promise<unknown>]>([
    ["weights", (path) => readTree(path, {})],
    ["a configuration", (path) => readJson(path, z.unknown())],
  ])("in the place of %s is called so", async (_, read) => {
    const path = join(folder, "file");
    await writeFile(path, content);
    await expect(read(path)).rejects.toThrow(message);
  });
});

it("other texts and bytes are none of both", () => {
  for (const content of ["", "{}", "a < html", "<htmlish", "version 1", "\u0000<html>", "<svg>"])
    expect(() => requireNoForeignFile(Buffer.from(content), "x")).not.toThrow();
});
