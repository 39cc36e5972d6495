import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtProgram } from "../../test/support/built-program.js";

let folder = "";
const pipe = (): string => join(folder, "pipe.png");
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-interrupted-"));
  spawnSync("mkfifo", [pipe()]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether a process has opened a file, as Linux's /proc says. */
async function hasOpen(processId: number | undefined, path: string): Promise<boolean> {
  const open = `/proc/${processId}/fd`;
  const names = await readdir(open).catch(() => []);
  const files = await Promise.all(names.map((name) => readlink(join(open, name)).catch(() => "")));
  return files.includes(path);
}

// A pipe that nobody writes into: the command waits until it is told to end.
describe.skipIf(process.platform !== "linux")("one Ctrl-C ends a command that waits for a pipe", () => {
  it.each([
    ["sample", ["--image", "PIPE", "--problem", "denoise", "--out", "OUT"]],
    ["train", ["PIPE", "--out", "OUT"]],
    ["cost", ["PIPE"]],
  ])("%s %s", async (command, options) => {
    const given = options.map((word) => word.replace("PIPE", pipe()).replace("OUT", join(folder, "out")));
    const argv = [builtProgram, command, ...given, "--json"];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    while (!(await hasOpen(child.pid, pipe())) && child.exitCode === null) await setTimeout(50);
    child.kill("SIGINT");
    const stopped = await Promise.race([ended, setTimeout(10_000).then(() => undefined)]);
    child.kill("SIGKILL");
    expect(stopped).toEqual([130, null]);
    expect(JSON.parse(await out)).toEqual({ error: "interrupted" });
    expect(await err).toBe("vfm: interrupted\n");
  });
});
