import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { vfm } from "../../test/support/command-line.js";
import { createProgram } from "./program.js";

const silent = { out: () => undefined, err: () => undefined };

/** The words of every command, as the program itself lists them. */
function wordsOf(command: Command, before: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const words = [...before, child.name()];
    return child.commands.length > 0 ? wordsOf(child, words) : [words];
  });
}
const commands = wordsOf(createProgram(silent, () => undefined)).map((words) => words.join(" "));

let folder = "";
const at = (name: string): string => join(folder, name);
// Nobody writes into them: what reads one waits.
const pipes = ["pipe.png", "pipe.json", "model/checkpoint.json"];
const makePipes = (): unknown => spawnSync("mkfifo", pipes.map(at));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-every-"));
  await mkdir(at("model"));
  await mkdir(at("pictures"));
  await writeFile(at("pictures/one.png"), "");
  makePipes();
});
afterAll(() => rm(folder, { recursive: true }));

describe("every command", () => {
  it.each(commands)("%s has a help with an example, --json and --seed", async (words) => {
    const { code, out } = await vfm(...words.split(" "), "--help");
    expect(code).toBe(0);
    for (const part of ["Example:\n  vfm ", "--json", "--seed"]) expect(out).toContain(part);
  });

  it.each(commands)("%s says in JSON what is wrong with its words", async (words) => {
    const { code, out, err } = await vfm(...words.split(" "), "--json", "--no-such-option");
    expect(code).toBe(2);
    expect(err).toMatch(/^vfm: .*\n$/);
    expect(JSON.parse(out)).toEqual({ error: err.slice("vfm: ".length, -1) });
  });
});

/** What makes each command wait; `undefined` for those that read nothing which a pipe can stand for. */
const waiting: Readonly<Record<string, string | undefined>> = {
  demo: "--checkpoint model --out out",
  sample: "--image pipe.png --problem denoise --out out",
  degrade: "--image pipe.png --problem denoise --out out.png",
  serve: "--checkpoint model --port 0",
  restore: "pictures --checkpoint model --problem denoise --out out",
  // It reads nothing.
  init: undefined,
  train: "pipe.json --out out",
  cost: "pipe.json",
  evaluate: "--checkpoint model",
  "fit-updates": "--checkpoint model",
  calibrate: "--target image-model --checkpoint model",
  export: "--checkpoint model --onnx out.onnx",
  // A pipe is refused at once.
  import: undefined,
  initialise: "pipe.json --out out",
  experiment: "checkerboard --preset pipe.json --out out",
  tune: "--config pipe.json --tuned out.json",
  // It writes the file again that it reads: a pipe is refused at once.
  judge: undefined,
  benchmark: "--suite images --config pipe.json --out out",
  // It waits for the network alone.
  "data fetch": undefined,
  "data list": undefined,
};

/** Whether this process has opened a pipe, as Linux's /proc says. */
async function isWaiting(): Promise<boolean> {
  const names = await readdir("/proc/self/fd");
  const files = await Promise.all(names.map((name) => readlink(join("/proc/self/fd", name)).catch(() => "")));
  // The link to one that was removed says so behind its path.
  return pipes.some((pipe) => files.some((file) => file.startsWith(at(pipe))));
}

describe.skipIf(process.platform !== "linux")("a pipe", () => {
  it.each(["import PIPE --out OUT", "judge --results PIPE"])("is refused at once by vfm %s", async (line) => {
    const words = line.replace("PIPE", at("pipe.json")).replace("OUT", at("out")).split(" ");
    const { code, err } = await vfm(...words);
    expect([code, err]).toEqual([2, expect.stringContaining("pipe.json ")]);
  });
});

describe.skipIf(process.platform !== "linux")("Ctrl-C", () => {
  it("is tried on every command", () => expect(Object.keys(waiting).sort()).toEqual([...commands].sort()));

  it.each(Object.entries(waiting).filter(([, options]) => options !== undefined))(
    "ends vfm %s %s with 130, in one line, leaving nothing",
    async (words, options = "") => {
      const given = options.split(" ").map((word) => (/^(?:pipe\.|model$|out|pictures)/.test(word) ? at(word) : word));
      const before = await readdir(folder, { recursive: true });
      let ended = false;
      const running = vfm(...words.split(" "), ...given, "--json").finally(() => (ended = true));
      while (!(await isWaiting()) && !ended) await setTimeout(10);
      process.emit("SIGINT", "SIGINT");
      expect(await running).toEqual({ code: 130, out: '{"error":"interrupted"}\n', err: "vfm: interrupted\n" });
      // The reading that was left ends with a writer that writes nothing, and finds no pipe to read again.
      const writers = await Promise.all(pipes.map((pipe) => open(at(pipe), "r+")));
      await Promise.all(pipes.map((pipe) => rm(at(pipe))));
      for (const writer of writers) await writer.close();
      while (await isWaiting()) await setTimeout(10);
      makePipes();
      expect(await readdir(folder, { recursive: true })).toEqual(before);
    },
  );
});
