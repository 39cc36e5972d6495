import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { vfm } from "./support/command-line.js";
import { writeTinyCheckpoint } from "./support/tiny-model.js";

const folder = mkdtempSync(join(tmpdir(), "vfm-calibrate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Calibration {
  level: number;
  samplers: Record<
    string,
    { passed: boolean; caughtBy: string[]; diagnostics: Record<string, { tests: number }>; pixels?: number }
  >;
  report?: string;
}

const parsed = (out: string): Calibration => JSON.parse(out) as Calibration;

describe("vfm calibrate", () => {
  it("passes the exact sampler of the linear-Gaussian case and catches the four broken ones", async () => {
    const { code, out, err } = await vfm("calibrate", "--target", "linear-gaussian", "--json");
    expect([code, err]).toEqual([0, ""]);
    const { samplers, level } = parsed(out);
    expect(level).toBe(0.001);
    expect(Object.keys(samplers)).toEqual(["exact", "narrow", "wide", "shifted", "prior"]);
    expect(samplers.exact).toMatchObject({ passed: true, caughtBy: [] });
    for (const name of ["narrow", "wide", "shifted", "prior"]) {
      expect(samplers[name].passed).toBe(false);
      expect(samplers[name].caughtBy.length).toBeGreaterThan(0);
    }
    expect(samplers.narrow.caughtBy).toContain("coverage");
    expect(samplers.prior.caughtBy).toEqual(["tarp-observation", "sbc-likelihood"]);
  });

  it("writes a report with a figure a sampler, over an older one", async () => {
    const out = join(folder, "board");
    mkdirSync(out);
    writeFileSync(join(out, "exact.png"), "an older figure");
    const sizes = ["--simulations", "100", "--samples", "9"];
    const { code, err } = await vfm("calibrate", "--target", "checkerboard", ...sizes, "--out", out);
    expect([code, err]).toEqual([0, ""]);
    for (const file of ["report.html", "calibration.json", "exact.svg", "exact.png", "prior.svg", "prior.png"])
      expect(existsSync(join(out, file))).toBe(true);
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("tarp-observation");
    expect(page).not.toMatch(/(src|href)="(?!data:|#)/);
  });

  it("judges a model of images problem by problem, each pixel twice", async () => {
    const checkpoint = join(folder, "tiny");
    await writeTinyCheckpoint(checkpoint, 1, 28);
    const options = ["--checkpoint", checkpoint, "--simulations", "50", "--samples", "2"];
    const { code, out, err } = await vfm("calibrate", "--target", "image-model", ...options, "--json");
    expect([code, err]).toEqual([0, ""]);
    const { samplers } = parsed(out);
    expect(Object.keys(samplers)).toContain("inpaint-box");
    for (const { diagnostics, pixels } of Object.values(samplers)) {
      expect(pixels).toBeGreaterThan(0);
      expect(diagnostics["sbc-ecdf"].tests).toBe(pixels);
      expect(diagnostics["sbc-likelihood"].tests).toBe(1);
    }
  }, 300_000);

  it("refuses a checkpoint where there is no model, and a target that is none", async () => {
    const none = await vfm("calibrate", "--target", "linear-gaussian", "--checkpoint", "runs/x");
    expect([none.code, none.err]).toEqual([
      2,
      "vfm: --checkpoint is for checkerboard and image-model: leave it out, the linear-Gaussian case has no model\n",
    ]);
    for (const target of ["linear-gaussian", "checkerboard"])
      expect((await vfm("calibrate", "--target", target, "--steps", "7")).err).toContain("--steps is for models");
    expect((await vfm("calibrate", "--target", "moons")).code).toBe(2);
    expect((await vfm("calibrate")).code).toBe(2);
  });
});
