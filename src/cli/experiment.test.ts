import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { vfm } from "../../test/support/command-line.js";
import { Progress } from "./progress.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-experiment-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const linearGaussian = (...words: string[]) =>
  vfm("experiment", "linear-gaussian", "--out", join(folder, "out"), "--json", ...words);

describe("vfm experiment linear-gaussian", () => {
  it("says how far it is, and Ctrl-C ends it there, leaving nothing", async () => {
    const reported: number[] = [];
    vi.spyOn(Progress.prototype, "update").mockImplementation((done) => {
      reported.push(done);
      if (reported.length === 8) process.emit("SIGINT", "SIGINT");
    });
    expect(await linearGaussian()).toEqual({
      code: 130,
      out: '{"error":"interrupted"}\n',
      err: "vfm: interrupted\n",
    });
    expect(reported.length).toBe(8);
    expect(reported[0]).toBe(0);
    reported.slice(1).forEach((done, i) => expect(done).toBeGreaterThan(reported[i]));
    expect(reported.at(-1)).toBeLessThan(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["--preset best", "--preset quick", "--sweep", "--resume", "--iterations 3", "--pairs 2", "--report-from ."])(
    "refuses %s, which it does not use",
    async (option) => {
      const { code, err } = await linearGaussian(...option.split(" "));
      expect([code, err]).toEqual([2, `vfm: linear-gaussian does not use ${option.split(" ")[0]}: leave it out\n`]);
    },
  );
});
