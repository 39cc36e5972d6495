import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { vfm } from "../../../test/support/command-line.js";
import { writeTinyCheckpoint } from "../../../test/support/tiny-model.js";
import { hostFull } from "../../array/index.js";
import { VfmError } from "../../errors.js";
import { writeBoundFolder, writeFileAtomically, writeTree } from "../../storage/index.js";

// A separate disk of two megabytes, mounted where that is allowed, as it is for root.
const disk = mkdtempSync(join(tmpdir(), "vfm-disk-"));
const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).status === 0;
afterAll(() => {
  if (isMounted) spawnSync("umount", [disk]);
  rmSync(disk, { recursive: true, force: true });
});

const at = (name: string): string => join(disk, name);

/** Fills the disk except for this many bytes. */
function fillBut(free: number): void {
  const file = openSync(at("filler"), "w");
  const { bavail, bsize } = statfsSync(disk);
  writeSync(file, Buffer.alloc(Math.max(0, bavail * bsize - free)));
  closeSync(file);
}

beforeEach(() => {
  if (isMounted) rmSync(at("filler"), { force: true });
});
afterEach(() => {
  if (isMounted) rmSync(at("filler"), { force: true });
});

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VfmError);
  return (error as Error).message;
}

describe.skipIf(!isMounted)("a full disk (skipped where no small disk can be mounted)", () => {
  it("names the file, leaves the one that stood there, and nothing else", async () => {
    await writeFile(at("old.bin"), "old");
    fillBut(64 * 1024);
    for (const name of ["old.bin", "new.bin", "deep/er/new.bin"]) {
      const message = await refusal(writeFileAtomically(at(name), Buffer.alloc(2 ** 20)));
      expect(message).toBe(`${at(name)} could not be written (ENOSPC): nothing of it is left, the disk is full`);
    }
    expect(await readFile(at("old.bin"), "utf8")).toBe("old");
    expect((await readdir(disk)).sort()).toEqual(["filler", "old.bin"]);
    rmSync(at("old.bin"));
  });

  it("names the file of a folder by the folder's own path, and leaves the former folder", async () => {
    const fill = (size: number) =>
      writeBoundFolder(at("folder"), (folder) =>
        writeTree(join(folder, "model.safetensors"), { x: hostFull([size], 1) }),
      );
    await fill(10);
    fillBut(64 * 1024);
    const message = await refusal(fill(2 ** 20));
    expect(message).toContain(join(at("folder"), "model.safetensors"));
    expect(message).toMatch(/could not be written \(ENOSPC\)/);
    expect((await readdir(disk)).sort()).toEqual(["filler", "folder"]);
    expect((await readdir(at("folder"))).sort()).toEqual(["checksums.json", "model.safetensors"]);
    rmSync(at("folder"), { recursive: true });
  });

  it("ends every command with one line and 1, and leaves nothing of it", async () => {
    const model = mkdtempSync(join(tmpdir(), "vfm-disk-model-"));
    await writeTinyCheckpoint(join(model, "checkpoint"));
    const checkpoint = ["--checkpoint", join(model, "checkpoint")];
    const given = [...checkpoint, "--image", "digit", "--problem", "denoise"];
    const run = {
      seed: 0,
      data: { kind: "checkerboard", points: 50 },
      flowMap: { model: "mlp", shape: [2], width: 256, depth: 2 },
      stages: [{ kind: "flow-matching", steps: 2, batchSize: 4, learningRate: 1e-3 }],
    };
    writeFileSync(join(model, "run.json"), JSON.stringify(run));
    fillBut(0);
    for (const argv of [
      ["sample", ...given, "--samples", "2", "--out", at("out")],
      ["degrade", ...given, "--out", at("y.safetensors")],
      ["degrade", ...given, "--out", at("y.png")],
      ["export", ...checkpoint, "--onnx", at("sampler.onnx")],
      ["initialise", join(model, "run.json"), "--out", at("initial")],
      ["calibrate", "--target", "linear-gaussian", "--simulations", "50", "--samples", "3", "--out", at("report")],
      ["train", join(model, "run.json"), "--out", at("run")],
    ]) {
      const { code, out, err } = await vfm(...argv, "--json");
      const said = err.split("\n").filter((line) => !line.includes("is a picture"));
      expect(said).toEqual([expect.stringMatching(/^vfm: .*vfm-disk-.*\(ENOSPC\).*the disk is full/), ""]);
      expect(JSON.parse(out)).toEqual({ error: said[0].slice("vfm: ".length) });
      expect(code).toBe(1);
      expect(await readdir(disk)).toEqual(["filler"]);
    }
    rmSync(model, { recursive: true });
  });
});
