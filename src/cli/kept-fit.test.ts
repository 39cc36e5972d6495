import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { resumedFit } from "./kept-fit.js";

let folder = "";
const path = (): string => join(folder, "fit.json");
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-fit-"));
});
afterAll(() => rm(folder, { recursive: true }));

const inputs = { parameters: "00ff", images: 400, samples: 16, seed: 0 };
const trial = {
  settings: { temperature: 1, residual: 0, power: 0, saturation: 0 },
  images: 400,
  crps: 0.1,
  coverage90: 0.9,
  misfit: 1,
  outside: 0,
};
const problems = { denoise: { update: false, chosen: trial, networks: trial, trials: [trial] } };
const keep = (content: object): Promise<void> => writeFile(path(), JSON.stringify(content));

describe("an interrupted fit of updates", () => {
  it("begins where there is no file", async () => {
    expect(await resumedFit(join(folder, "none.json"), inputs, true)).toEqual({});
  });

  it("continues with the problems of its file, if it is told to", async () => {
    await keep({ ...inputs, problems });
    expect(await resumedFit(path(), inputs, true)).toEqual(problems);
    const complaint = await resumedFit(path(), inputs, false).catch((error: unknown) => error);
    expect(complaint).toBeInstanceOf(InputError);
    expect(complaint).toMatchObject({
      message: `${path()} holds an earlier fit: continue it with --resume, or name another file`,
    });
  });

  it("does not continue another fit", async () => {
    await keep({ ...inputs, images: 100, seed: 1, problems });
    await expect(resumedFit(path(), inputs, true)).rejects.toThrow(
      `${path()} holds a fit with other images, seed: name another file, or fit with the same`,
    );
  });

  it("names what is wrong in a damaged file", async () => {
    await keep({ ...inputs, problems: { denoise: { ...problems.denoise, chosen: { ...trial, crps: "small" } } } });
    await expect(resumedFit(path(), inputs, true)).rejects.toThrow("problems.denoise.chosen.crps");
  });
});
