import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { goldenSamples, goldenTensors } from "./golden/checkpoints.js";
import { readGolden } from "./golden/files.js";
import { goldenSeeds } from "./golden/seeds.js";
import { goldenTraining } from "./golden/training.js";
import { type GoldenLeaf, goldenTrees, modelsWithoutGolden } from "./golden/trees.js";
import { vfm } from "./support/command-line.js";

// What was kept before the code was rebuilt: runs resume, checkpoints load and results hold only if it stays. Whoever
// changes one of these on purpose writes the files again: npx tsx test/golden/write.ts

const folder = mkdtempSync(join(tmpdir(), "vfm-golden-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The values that differ from what is kept by more than `tolerance` of their size, or of 1 if they are smaller. */
function differences(values: readonly number[], kept: readonly number[], tolerance: number): number[] {
  expect(values.length).toBe(kept.length);
  return values.filter((value, i) => !(Math.abs(value - kept[i]) <= tolerance * Math.max(1, Math.abs(kept[i]))));
}

describe("random numbers", () => {
  it("are the same for the same seed and path", async () => {
    const kept = await readGolden<number[]>("seeds");
    const seeds = goldenSeeds();
    expect(Object.keys(seeds)).toEqual(Object.keys(kept));
    for (const [path, values] of Object.entries(seeds)) expect(differences(values, kept[path], 1e-6), path).toEqual([]);
  });
});

describe("parameter trees", () => {
  it("have the same leaves in the same order, and the same first parameters", async () => {
    const kept = await readGolden<GoldenLeaf[]>("trees");
    const trees = goldenTrees();
    expect(Object.keys(trees)).toEqual(Object.keys(kept));
    for (const [model, leaves] of Object.entries(trees)) {
      const form = (of: GoldenLeaf[]) => of.map(([name, shape]) => `${name}: ${shape}`);
      expect(form(leaves), model).toEqual(form(kept[model]));
      const values = (of: GoldenLeaf[]) => of.map(([, , meanSquare]) => meanSquare);
      expect(differences(values(leaves), values(kept[model]), 1e-6), model).toEqual([]);
    }
  });

  it("are kept of every registered model", () => {
    expect(modelsWithoutGolden()).toEqual([]);
  });
});

describe("shipped checkpoints", () => {
  it("load the same tensors", async () => {
    expect(await goldenTensors()).toEqual(await readGolden("tensors"));
  });

  it("give the same samples for the same seeds, to 1e-4 rms, updated ones to 1e-3", async () => {
    const kept = await readGolden<number[]>("samples");
    const samples = await goldenSamples();
    expect(Object.keys(samples)).toEqual(Object.keys(kept));
    for (const [name, pixels] of Object.entries(samples)) {
      expect(pixels.length, name).toBe(kept[name].length);
      const squares = pixels.map((value, i) => (value - kept[name][i]) ** 2);
      expect(Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length), name).toBeLessThan(
        name.endsWith("updated") ? 1e-3 : 1e-4,
      );
    }
  });
});

describe("training", () => {
  it("measures the same in the first steps of every kind of stage", async () => {
    const kept = await readGolden<Record<string, number>>("training");
    const measured = await goldenTraining();
    expect(Object.keys(measured)).toEqual(Object.keys(kept));
    for (const [step, measures] of Object.entries(measured)) {
      expect(Object.keys(measures), step).toEqual(Object.keys(kept[step]));
      for (const [name, value] of Object.entries(measures))
        expect(Math.abs(value - kept[step][name]), `${step}: ${name}`).toBeLessThanOrEqual(
          1e-5 * Math.abs(kept[step][name]),
        );
    }
  });
});

describe("kept results", () => {
  const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

  /** The same entries; numbers to nine digits, for the last ones are the machine's own. */
  const expectSameResult = (result: unknown, kept: unknown): void => {
    const rounded = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, entry: unknown) =>
          typeof entry === "number" ? (Math.abs(entry) < 1e-12 ? 0 : Number(entry.toPrecision(9))) : entry,
        ),
      );
    expect(rounded(result)).toEqual(rounded(kept));
  };

  it("of the linear-Gaussian study come out again", async () => {
    expect((await vfm("experiment", "linear-gaussian", "--out", folder, "--json")).code).toBe(0);
    const [study, kept] = [folder, "studies/linear-gaussian/results"].map((place) =>
      readJson(join(place, "study.json")),
    );
    expectSameResult(study, kept);
  });

  it("of the calibration of known samplers come out again", async () => {
    const { code, out } = await vfm("calibrate", "--target", "linear-gaussian", "--json");
    expect(code).toBe(0);
    expectSameResult(JSON.parse(out), readJson("experiments/calibration/results/linear-gaussian.json"));
  });
});
