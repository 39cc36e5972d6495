import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { availableThreads } from "../compile/index.js";
import { addCommand, type CommandDefinition } from "./command.js";
import { createProgram } from "./program.js";
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
  const silent = { out: () => undefined, err: () => undefined };
  // Those that run networks or operators.
  const computing = [
    ...["demo", "sample", "degrade", "restore", "serve", "train", "evaluate", "fit-updates", "calibrate"],
    ...["experiment", "tune", "benchmark"],
  ];
  const commandsOf = (program: Command): string[] =>
    program.commands.flatMap((command) => {
      const inside = commandsOf(command);
      return inside.length === 0 ? [command.name()] : inside.map((name) => `${command.name()} ${name}`);
    });
  const others = commandsOf(createProgram(silent, () => undefined)).filter((name) => !computing.includes(name));

  it.each(computing)("is an option of vfm %s", async (command) =>
    expect((await vfm(command, "--help")).out).toContain("--threads <n>"),
  );

  it("is tried on every other command too", () =>
    expect(others).toEqual(expect.arrayContaining(["cost", "data list"])));

  it.each(others)("is no option of vfm %s, which runs no network", async (command) => {
    const { code, out } = await vfm(...command.split(" "), "--help");
    expect([code, out]).toEqual([0, expect.stringContaining("Example:\n  vfm ")]);
    expect(out).not.toContain("--threads");
  });

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
    addCommand(program, definition, silent, () => undefined);
    await program.parseAsync(["threads", "--threads", "3"], { from: "user" });
    expect(seen).toEqual([3]);
    expect(availableThreads()).toBe(cores);
  });
});
