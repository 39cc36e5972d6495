import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageFilesUnder } from "./files-under.js";

let folder = "";
const at = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-under-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), "");
  }
}

describe("images under a folder", () => {
  it("are found by their endings; other files are counted, hidden ones are not", async () => {
    await put("in/b/2.JPEG", "in/a.png", "in/b/1.webp", "in/c.gif", "in/notes.txt", "in/b/Thumbs.db", "in/.DS_Store");
    expect(await imageFilesUnder(at("in"))).toEqual({ paths: ["a.png", "b/1.webp", "b/2.JPEG", "c.gif"], skipped: 2 });
  });

  it("are followed through links to files and folders elsewhere", async () => {
    await put("far/x.png", "far/deep/y.png", "far/note.txt", "one.png", "in/a.png");
    await symlink(at("far"), at("in/linked"));
    await symlink(at("one.png"), at("in/z.png"));
    await symlink(at("far/note.txt"), at("in/note"));
    expect(await imageFilesUnder(at("in"))).toEqual({
      paths: ["a.png", "linked/deep/y.png", "linked/x.png", "z.png"],
      skipped: 2,
    });
  });

  it("are taken once, however many links lead to them or in a circle", async () => {
    await put("in/a.png", "in/sub/b.png", "far/c.png");
    await symlink("..", at("in/sub/up"));
    await symlink(at("in"), at("in/self"));
    await symlink(at(""), at("in/above"));
    await symlink(at("in/a.png"), at("in/again.png"));
    await symlink(at("far"), at("in/once"));
    await symlink(at("far"), at("in/twice"));
    const { paths } = await imageFilesUnder(at("in"));
    expect(paths.filter((path) => path.endsWith("a.png"))).toEqual(["a.png"]);
    expect(paths.filter((path) => path.endsWith("b.png"))).toEqual(["sub/b.png"]);
    expect(paths.filter((path) => path.endsWith("c.png"))).toHaveLength(1);
  });

  it("a link that leads nowhere is named", async () => {
    await put("in/a.png");
    await symlink(at("gone.png"), at("in/gone.png"));
    await expect(imageFilesUnder(at("in"))).rejects.toThrow(/in\/gone\.png is a broken link \(ENOENT\)/);
  });
});
