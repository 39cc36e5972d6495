import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeCalibrationReport } from "./calibration-report.js";

it("writes the figures of problems of any name into the folder itself", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfm-calibration-report-"));
  const summary = { passed: true, caughtBy: [], threshold: 0.1, diagnostics: {} } as never;
  const draw = () => Promise.resolve({ svg: "<svg/>", png: Buffer.from("") });
  const samplers = ["inpaint-box", "a/b", "../x"].map((name) => ({ name, title: name, summary, draw }));
  await writeCalibrationReport(folder, { title: "", lead: "", facts: [], samplers });
  const figures = (await readdir(folder)).filter((name) => name.endsWith(".svg"));
  expect(figures.sort()).toEqual(["%2e%2e%2fx.svg", "a%2fb.svg", "inpaint-box.svg"]);
  await rm(folder, { recursive: true });
});
