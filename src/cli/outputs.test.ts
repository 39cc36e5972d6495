import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeOutputFolder } from "./outputs.js";

let root = "";
const at = (...names: string[]): string => join(root, ...names);
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "vfm-outputs-"))));
afterEach(() => rm(root, { recursive: true }));

const never = new AbortController().signal;

describe("a folder of outputs", () => {
  it("replaces the files of a former run, removes its others, and keeps those of the user", async () => {
    await mkdir(at("out", "figures"), { recursive: true });
    for (const name of ["a", "b", "mine", "figures/c"]) await writeFile(at("out", name), "old");
    const fill = async (temporary: string): Promise<void> => {
      await writeFile(join(temporary, "a"), "new");
      await mkdir(join(temporary, "inner"));
      await writeFile(join(temporary, "inner", "d"), "new");
    };
    await writeOutputFolder(at("out"), never, fill, ["a", "b", "figures/c"]);
    expect((await readdir(at("out"), { recursive: true })).sort()).toEqual(["a", "inner", "inner/d", "mine"]);
    expect(await readFile(at("out", "a"), "utf8")).toBe("new");
  });

  it.each(["./out", "out/", "a//b", "new/../out", "."])(
    "is written, and leaves nothing else, under the name %s",
    async (name) => {
      const before = process.cwd();
      process.chdir(root);
      try {
        const fill = async (temporary: string): Promise<void> => {
          await mkdir(join(temporary, "inner"));
          await writeFile(join(temporary, "inner", "d"), "new");
        };
        await writeOutputFolder(name, never, fill);
        expect(await readFile(join(resolve(name), "inner", "d"), "utf8")).toBe("new");
        const found = await readdir(root, { recursive: true });
        const folders = relative(root, resolve(name)).split("/").filter(Boolean);
        expect(found).toHaveLength(folders.length + 2);
      } finally {
        process.chdir(before);
      }
    },
  );

  it("is not there if it is aborted while many files are being written into it", async () => {
    const large = new Uint8Array(100_000);
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      let begun: () => void = () => undefined;
      const writing = new Promise<void>((resolve) => (begun = resolve));
      const fill = async (temporary: string): Promise<void> => {
        const all = Array.from({ length: 300 }, (_, i) => writeFile(join(temporary, `${i}.png`), large));
        begun();
        await Promise.all(all);
      };
      const refused = expect(writeOutputFolder(at("new", "out"), controller.signal, fill)).rejects.toThrow();
      await writing;
      await setTimeout(round / 2);
      controller.abort();
      await refused;
      expect(await readdir(root)).toEqual([]);
    }
  });

  it("is as before if it is aborted after its files are written", async () => {
    await mkdir(at("out"));
    await writeFile(at("out", "a"), "old");
    const controller = new AbortController();
    const fill = async (temporary: string): Promise<void> => {
      await mkdir(join(temporary, "inner"));
      for (const name of ["a", "inner/b"]) await writeFile(join(temporary, name), "new");
      controller.abort();
    };
    await expect(writeOutputFolder(at("out"), controller.signal, fill, ["a"])).rejects.toThrow();
    expect(await readdir(at("out"), { recursive: true })).toEqual(["a"]);
    expect(await readFile(at("out", "a"), "utf8")).toBe("old");
  });
});
