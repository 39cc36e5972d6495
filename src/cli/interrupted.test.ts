import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
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
describe.skipIf(process.platform !== "linux")("one signal ends a command that waits for a pipe", () => {
  const sample = ["--image", "PIPE", "--problem", "denoise", "--out", "OUT"];
  it.each<[NodeJS.Signals, number, string, string[]]>([
    ["SIGINT", 130, "sample", sample],
    ["SIGINT", 130, "train", ["PIPE", "--out", "OUT"]],
    ["SIGINT", 130, "cost", ["PIPE"]],
    ["SIGTERM", 143, "sample", sample],
    ["SIGTERM", 143, "train", ["PIPE", "--out", "OUT"]],
    ["SIGTERM", 143, "cost", ["PIPE"]],
  ])("%s, with %i: %s %s", async (signal, code, command, options) => {
    const given = options.map((word) => word.replace("PIPE", pipe()).replace("OUT", join(folder, "out")));
    const argv = [builtProgram, command, ...given, "--json"];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
    // A command that does not end takes the suite's own limit, whose passing leaves this function where it waits.
    onTestFinished(() => void child.kill("SIGKILL"));
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    const runs = (): boolean => child.exitCode === null && child.signalCode === null;
    while (!(await hasOpen(child.pid, pipe())) && runs()) await setTimeout(50);
    child.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect(JSON.parse(await out)).toEqual({ error: "interrupted" });
    expect(await err).toBe("vfm: interrupted\n");
  });
});
