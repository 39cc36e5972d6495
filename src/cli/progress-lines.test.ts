import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { vfm } from "../../test/support/command-line.js";
import { writeTinyCheckpoint } from "../../test/support/tiny-model.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-progress-"));
  await writeTinyCheckpoint(join(folder, "model"), 1, 28);
  await mkdir(join(folder, "images"));
  await copyFile("assets/digit.png", join(folder, "images/digit.png"));
  const run = {
    seed: 1,
    data: { kind: "checkerboard", points: 100 },
    flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
    stages: [{ kind: "flow-matching", steps: 3, batchSize: 4, learningRate: 1e-3 }],
  };
  await writeFile(join(folder, "run.json"), JSON.stringify(run));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** `fit-updates`, `tune` and `benchmark` say it in the same way; they take minutes. */
const long = [
  "demo --checkpoint @model --images 1 --samples 2 --out @demo",
  "sample --checkpoint @model --image digit --problem denoise --samples 2 --out @samples",
  "restore @images --checkpoint @model --problem denoise --degrade --samples 2 --out @restored",
  "train @run.json --out @trained",
  "evaluate --checkpoint @model --images 2 --samples 2 --prior-samples 100",
  "calibrate --target linear-gaussian --simulations 50 --samples 20",
];

describe("where stderr is no terminal", () => {
  it.each(long)("vfm %s says in plain lines how far it is", async (line) => {
    const clock = Date.now();
    let calls = 0;
    // Half a minute, from one look at the clock to the next.
    vi.spyOn(Date, "now").mockImplementation(() => clock + 31_000 * calls++);
    const said: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
    const words = line.split(" ").map((word) => (word.startsWith("@") ? join(folder, word.slice(1)) : word));
    const { code } = await vfm(...words, "--json");
    // 1: a calibration of so few simulations does not pass.
    expect(code).toBeLessThan(2);
    expect(said.length).toBeGreaterThan(0);
    for (const text of said) expect(text).toMatch(/^\d+ % \| (?:[^|]+ left \| )?[^|\n]+\n$/);
  });
});
