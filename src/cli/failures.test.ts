import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { availableThreads } from "../compile/index.js";
import { addCommand, type CommandDefinition } from "./command.js";
import { builtProgram } from "../../test/support/built-program.js";
import { vfm } from "../../test/support/command-line.js";

describe("a command that fails", () => {
  it.each([
    [["sample", "--image", "none.png", "--problem", "denoise", "--out", "out"], /none\.png/],
    [["data", "list", "--unknown"], /unknown option '--unknown'/],
    [["cost"], /missing required argument/],
  ])("says it in JSON too where JSON is asked for: %s", async (options, message) => {
    const { code, out, err } = await vfm(...options, "--json");
    expect(code).toBe(2);
    const { error } = JSON.parse(out) as { error: string };
    expect(error).toMatch(message);
    expect(err).toBe(`vfm: ${error}\n`);
  });

  // A device that is always full.
  it.skipIf(!existsSync("/dev/full"))("ends with 1 where its result cannot be written", async () => {
    const child = spawn(process.execPath, [builtProgram, "data", "list"], {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    const said = text(child.stderr as Readable);
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(await said).toMatch(/^vfm: the result could not be written to stdout: .*ENOSPC.*\n$/);
  });
});

describe("--threads", () => {
  it.each([
    "demo",
    "sample",
    "degrade",
    "train",
    "evaluate",
    "fit-updates",
    "calibrate",
    "experiment",
    "tune",
    "benchmark",
  ])("is an option of vfm %s", async (command) =>
    expect((await vfm(command, "--help")).out).toContain("--threads <n>"),
  );

  it("is what the engine's sessions take, and not longer than the command", async () => {
    const cores = availableThreads();
    const seen: number[] = [];
    const program = new Command();
    const definition: CommandDefinition<object> = {
      name: "threads",
      description: "",
      options: (command) => command,
      example: "",
      computes: true,
      run: async () => {
        seen.push(availableThreads());
        return { json: {}, text: "" };
      },
    };
    const silent = { out: () => undefined, err: () => undefined };
    addCommand(program, definition, silent, () => undefined);
    await program.parseAsync(["threads", "--threads", "3"], { from: "user" });
    expect(seen).toEqual([3]);
    expect(availableThreads()).toBe(cores);
  });
});
