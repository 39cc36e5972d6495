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

describe("vfm experiment checkerboard", () => {
  const checkerboard = (...words: string[]) =>
    vfm("experiment", "checkerboard", "--out", join(folder, "out"), ...words);

  it.each([
    ["--report-from . --pairs 5", "--report-from does not use --pairs: leave it out"],
    ["--report-from . --resume", "--report-from does not use --resume: leave it out"],
    ["--sweep --preset best", "--sweep trains the preset that its file names: leave --preset out"],
    ["--sweep --taus 7", "has no tau 7: it has 0.01, "],
  ])("refuses %s", async (words, message) => {
    const { code, err } = await checkerboard(...words.split(" "));
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("ends at Ctrl-C while it draws a report", async () => {
    const drawn = checkerboard("--report-from", "studies/checkerboard/results");
    setTimeout(() => process.emit("SIGINT", "SIGINT"), 100);
    expect((await drawn).code).toBe(130);
  });
});

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
