import { execFile, spawnSync } from "node:child_process";
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builtProgram } from "../../../test/support/built-program.js";
import { InputError } from "../../errors.js";
import { files } from "./files.js";
import { removeAbandoned, temporaryName } from "./temporary-name.js";

let root = "";
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "vfm-files-"))));
afterEach(() => rm(root, { recursive: true }));
const at = (...names: string[]): string => join(root, ...names);

describe("a file's SHA-256", () => {
  it("is that of the standard", async () => {
    await writeFile(at("abc"), "abc");
    // FIPS 180-2, appendix B.1.
    expect(await files.sha256(at("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    await expect(files.sha256(at("none"))).rejects.toThrow(InputError);
  });

  it("is that of a file larger than can be read at once", { timeout: 600_000 }, async () => {
    const file = await open(at("large"), "w");
    await file.truncate(2 ** 31 + 5);
    await file.close();
    // head -c 2147483653 /dev/zero | sha256sum
    expect(await files.sha256(at("large"))).toBe("68bdfcb656af3067b8110b5cc839b4e12b180ef11e86011b8df4a709fe2c2f67");
  });
});

describe("reading", () => {
  it("is refused for a file larger than allowed", async () => {
    await writeFile(at("four"), "four");
    expect(await files.readInput(at("four"), undefined, 4)).toHaveLength(4);
    const reading = files.readInput(at("four"), undefined, 3);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(/four is too large/);
  });

  it.skipIf(process.platform === "win32")("is refused for a pipe that gives more than allowed", async () => {
    spawnSync("mkfifo", [at("pipe")]);
    const reading = files.readInput(at("pipe"), undefined, 3);
    await Promise.all([writeFile(at("pipe"), "four"), expect(reading).rejects.toThrow(/pipe is too large/)]);
  });
});

describe("writing", () => {
  function* failing(): Iterable<Uint8Array> {
    yield Uint8Array.of(1);
    throw new Error("no more");
  }

  it.skipIf(process.platform === "win32")("goes to the target of a symbolic link, which stays", async () => {
    await mkdir(at("store"));
    await symlink(at("store"), at("folder"));
    await files.writeFolderAtomically(at("folder"), (folder) => writeFile(join(folder, "new"), "1"));
    await writeFile(at("file"), "old");
    await symlink(at("file"), at("link"));
    await files.writePartsAtomically(at("link"), [Uint8Array.of(50)]);
    expect(await readdir(at("store"))).toEqual(["new"]);
    expect(await readFile(at("file"), "utf8")).toBe("2");
    for (const name of ["folder", "link"]) expect((await lstat(at(name))).isSymbolicLink()).toBe(true);
    expect((await readdir(root)).sort()).toEqual(["file", "folder", "link", "store"]);
  });

  it("leaves no folder where it fails, however the path is written", async () => {
    const own = at("a", "b", "c");
    for (const path of [own, relative(process.cwd(), own), `${root}//a/./b/c`, at("a", "x", "..", "b", "c")])
      await expect(files.writePartsAtomically(path, failing())).rejects.toThrow(/no more/);
    const fill = async (): Promise<void> => {
      throw new Error("no more");
    };
    for (const path of [own, `${own}/`, `${own}/.`, `${root}//a/b/c//`])
      await expect(files.writeFolderAtomically(path, fill)).rejects.toThrow(/no more/);
    expect(await readdir(root)).toEqual([]);
  });

  it("leaves what was there before where it fails", async () => {
    await writeFile(at("file"), "old");
    await mkdir(at("folder"));
    await writeFile(at("folder", "in"), "old");
    await expect(files.writePartsAtomically(at("file"), failing())).rejects.toThrow(/no more/);
    const fill = async (made: string): Promise<void> => {
      await writeFile(join(made, "in"), "new");
      throw new Error("no more");
    };
    await expect(files.writeFolderAtomically(at("folder"), fill)).rejects.toThrow(/no more/);
    expect(await readFile(at("file"), "utf8")).toBe("old");
    expect(await readFile(at("folder", "in"), "utf8")).toBe("old");
    expect((await readdir(root)).sort()).toEqual(["file", "folder"]);
    expect(await readdir(at("folder"))).toEqual(["in"]);
  });

  it.each(["/", "//", "/."])("replaces a folder whose name ends in %s", async (end) => {
    for (const text of ["old", "new"])
      await files.writeFolderAtomically(`${at("folder")}${end}`, (made) => writeFile(join(made, "in"), text));
    expect(await readFile(at("folder", "in"), "utf8")).toBe("new");
    expect(await readdir(root)).toEqual(["folder"]);
  });

  it("of one path at the same time leaves one of the contents", async () => {
    const contents = ["one", "two", "three"];
    const bytes = contents.map((text) => new TextEncoder().encode(text));
    await Promise.all(bytes.map((part) => files.writePartsAtomically(at("file"), [part])));
    expect(contents).toContain(await readFile(at("file"), "utf8"));
    await Promise.all(
      contents.map((text) => files.writeFolderAtomically(at("folder"), (made) => writeFile(join(made, "in"), text))),
    );
    expect(contents).toContain(await readFile(at("folder", "in"), "utf8"));
    expect((await readdir(root)).sort()).toEqual(["file", "folder"]);
  });

  it("of a folder does not replace a file", async () => {
    await writeFile(at("notes"), "mine");
    const write = files.writeFolderAtomically(at("notes"), async () => undefined);
    await expect(write).rejects.toThrow(InputError);
    await expect(write).rejects.toThrow(/notes cannot be written: it is a file, name a folder$/);
    expect(await readFile(at("notes"), "utf8")).toBe("mine");
  });
});

it("removes what a process of this host that has ended left, and no file of another name", async () => {
  const own = basename(temporaryName("data"));
  // No process has the number 2^22.
  const ended = own.replace(/\d+-\d+$/, String(2 ** 22));
  const left = [ended, `${ended}-3`, `${ended}-3-replaced`];
  const ofAnotherHost = ended.replace(/tmp-[\da-f]{8}/, "tmp-01234567");
  const kept = ["data", "data.tmp-backup", "data.tmp-", own, ofAnotherHost];
  for (const name of [...left, ...kept]) await writeFile(at(name), "");
  await removeAbandoned(at("data"));
  expect((await readdir(root)).sort()).toEqual(kept.sort());
});

describe("a folder's lock", () => {
  it("leaves no folder that it made", async () => {
    for (const path of [at("a", "b", "c"), relative(process.cwd(), at("a", "b", "c")), `${at("a", "b")}//c/`]) {
      const release = await files.lock(path);
      expect(await readdir(at("a", "b", "c"))).toEqual(["lock.json"]);
      await release();
      expect(await readdir(root)).toEqual([]);
    }
  });

  it("is one lock, however the folder is named", async () => {
    const release = await files.lock(at("run"));
    await expect(files.lock(relative(process.cwd(), at("run")))).rejects.toThrow(/is in use by process \d+/);
    await expect(files.lock(at(".", "run", "..", "run"))).rejects.toThrow(InputError);
    await release();
    await (
      await files.lock(at("run"))
    )();
    expect(await readdir(root)).toEqual([]);
  });

  it("is not taken where a file of its name is the user's own", async () => {
    for (const text of ['{"my":"notes"}', "notes", ""]) {
      await mkdir(at("run"), { recursive: true });
      await writeFile(at("run", "lock.json"), text);
      await expect(files.lock(at("run"))).rejects.toThrow(InputError);
      await expect(files.lock(at("run"))).rejects.toThrow(/lock\.json is not the lock of a run/);
      expect(await readFile(at("run", "lock.json"), "utf8")).toBe(text);
    }
  });

  // No process has this number.
  const ended = JSON.stringify({ processId: 2 ** 22, host: hostname() });

  it("that an ended process left is taken by one of several processes alone", async () => {
    const built = pathToFileURL(join(dirname(builtProgram), "../platform/node/files.js")).href;
    const program = `
      import { setTimeout } from "node:timers/promises";
      import { files } from ${JSON.stringify(built)};
      // All begin at the same time.
      await setTimeout(Number(process.argv[2]) - Date.now());
      const release = await files.lock(process.argv[1]).catch(() => undefined);
      if (release === undefined) process.exit();
      await setTimeout(300);
      await release();
      console.log("had it");`;
    for (let round = 0; round < 3; round++) {
      await mkdir(at("run"), { recursive: true });
      await writeFile(at("run", "lock.json"), ended);
      const options = ["--input-type=module", "-e", program, at("run"), String(Date.now() + 1500)];
      const all = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, options));
      expect((await Promise.all(all)).map(({ stdout }) => stdout).filter((text) => text !== "")).toEqual(["had it\n"]);
      expect(await readdir(at("run"))).toEqual([]);
    }
  });

  it("that an ended process left is removed by one process at a time", async () => {
    await mkdir(at("run"));
    await writeFile(at("run", "lock.json"), ended);
    await writeFile(at("run", "lock.json.removal"), ended);
    await (
      await files.lock(at("run"))
    )();
    expect(await readdir(dirname(at("run")))).toEqual(["run"]);
    expect(await readdir(at("run"))).toEqual([]);

    await writeFile(at("run", "lock.json"), ended);
    await writeFile(at("run", "lock.json.removal"), JSON.stringify({ processId: process.ppid, host: hostname() }));
    const locking = files.lock(at("run"));
    await new Promise((wake) => setTimeout(wake, 50));
    // While it waits, it tries again and again, each time through a temporary file.
    const present = (await readdir(at("run"))).filter((name) => !name.includes(".tmp-"));
    expect(present.sort()).toEqual(["lock.json", "lock.json.removal"]);
    await rm(at("run", "lock.json.removal"));
    await (
      await locking
    )();
    expect(await readdir(at("run"))).toEqual([]);
  });

  it("of another host holds, unless only those of this one are to", async () => {
    await mkdir(at("run"));
    await writeFile(at("run", "lock.json"), JSON.stringify({ processId: process.pid, host: "another" }));
    await expect(files.lock(at("run"))).rejects.toThrow(/in use by process \d+ of another/);
    const release = await files.lock(at("run"), "lock.json", false);
    await release();
    expect(await readdir(at("run"))).toEqual([]);
  });

  it("fails where its file cannot be read, instead of waiting for it", async () => {
    await mkdir(at("run", "lock.json"), { recursive: true });
    await expect(files.lock(at("run"))).rejects.toThrow(/lock\.json cannot be written/);
  });
});
