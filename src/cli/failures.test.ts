import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
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
    const child = spawn("npx", ["tsx", "src/cli/main.ts", "data", "list"], {
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    const said = text(child.stderr as Readable);
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(await said).toMatch(/^vfm: the result could not be written to stdout: .*ENOSPC.*\n$/);
  });
});
