import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { problemNames } from "../src/operators/index.js";
import { vfm } from "./support/command-line.js";

type Figures = Record<string, { vfm: { crps: number; coverage90: number; misfit: number } }>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-demo-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("takes digits and photographs through all problems, without a download", async () => {
  const out = join(folder, "out");
  const shown = await vfm("demo", "--images", "3", "--samples", "8", "--out", out, "--json");
  expect([shown.code, shown.err]).toEqual([0, ""]);
  const { images, problems, colour } = JSON.parse(shown.out) as {
    images: number;
    problems: Figures;
    colour: { images: number; problems: Figures };
  };
  expect([images, colour.images]).toEqual([3, 3]);
  for (const figures of [problems, colour.problems]) {
    expect(Object.keys(figures)).toEqual(problemNames);
    // Far from what noise or a grey image would have, even on three images.
    for (const { vfm } of Object.values(figures)) {
      expect(vfm.crps).toBeLessThan(0.3);
      expect(vfm.misfit).toBeLessThan(2);
    }
  }
  // Eleven images a row, two pixels between, three times as large.
  const sizes = await Promise.all(
    ["samples.png", "samples-in-colour.png"].map(async (name) => (await sharp(join(out, name)).metadata()).width),
  );
  expect(sizes).toEqual([3 * (11 * 30 - 2), 3 * (11 * 34 - 2)]);
  const report = await readFile(join(out, "report.html"), "utf8");
  for (const id of problemNames.flatMap((name) => [name, `${name}-in-colour`]))
    expect(report.match(new RegExp(`id="${id}"`, "g"))).toHaveLength(1);
});
