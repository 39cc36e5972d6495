import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, mapHostTree, randomSource } from "../src/array/index.js";
import { type Cell, compareWithRivals } from "../src/benchmark/index.js";
import { writePng } from "../src/data/index.js";
import { writeClassifier } from "../src/evaluate/index.js";
import { initialiseClassifier } from "../src/evaluate/classifier.js";
import { initialiseNetworks, parseTrainConfig, writeCheckpoint } from "../src/train/index.js";
import { vfm } from "./support/command-line.js";

let folder = "";
const at = (name: string): string => join(folder, name);
const image = { channels: 1, height: 8, width: 8 };
const problems = ["denoise", "inpaint-box"];
const methods = [
  "noise-space-chain",
  "vfm-1",
  "adapter-alone-1",
  "conditional-flow",
  "dps",
  "ot-ode",
  "flow-dps",
  "pnp-flow",
  "d-flow",
];

/** Images of noise, an untrained model with all networks, an untrained classifier, and a suite of them. */
async function writeSuite(): Promise<void> {
  await mkdir(at("images"));
  for (let i = 0; i < 60; i++) {
    const { data } = randomSource(i, "image").normalArray([64]);
    await writePng(
      at(`images/${i}.png`),
      hostArray(
        data.map((value) => Math.tanh(value)),
        [1, 8, 8],
      ),
    );
  }
  const shape = [1, 8, 8];
  const small = { model: "residual-mlp", shape, depth: 1, width: 8, embedding: 8 };
  const configuration = parseTrainConfig(
    {
      seed: 0,
      data: { kind: "images", folder: at("images"), height: 8, width: 8, channels: 1 },
      flowMap: small,
      adapter: { model: "mlp", observationShape: shape, shape, problems: 6, depth: 1, width: 8 },
      conditional: small,
      problems: problems.map((name) => ({ name, sigma: 0.3 })),
      stages: [{ kind: "conditional-flow-matching", steps: 1, batchSize: 2, learningRate: 1e-3 }],
    },
    "tiny model",
  );
  // First parameters give samples without spread: some noise on them.
  const { normal } = randomSource(1, "parameters");
  const networks = mapHostTree(initialiseNetworks(configuration), ({ shape: own, data }) =>
    hostArray(
      Float32Array.from(data, (value) => value + 0.3 * normal()),
      own,
    ),
  );
  await writeCheckpoint(at("model"), networks, {
    sampleShape: shape,
    configuration,
    stages: [],
  });
  const network = { image, classes: 3, width: 4, features: 5 };
  await writeClassifier(at("classifier"), initialiseClassifier(network, randomSource(0)), {
    network,
    data: "noise",
    training: { seed: 0, epochs: 1, batchSize: 1, learningRate: 1, weightDecay: 0, shift: 0 },
    accuracy: {},
  });
  const suite = {
    seed: 5,
    images: 3,
    samples: 2,
    flowMapSteps: [1],
    conditionalSteps: 3,
    reference: { images: 2, steps: 4, leapfrog: 2, stepSize: 0.1 },
    tuning: { trials: 2, images: 2, samples: 2 },
    timing: { rounds: 1, leastSeconds: 0 },
    datasets: [
      {
        name: "noise",
        model: at("model"),
        frozen: at("model"),
        conditional: at("model"),
        classifier: at("classifier"),
      },
      { name: "nothing", model: at("nowhere"), classifier: at("classifier") },
    ],
  };
  await writeFile(at("suite.json"), JSON.stringify(suite));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-benchmark-"));
  await writeSuite();
});
afterAll(() => rm(folder, { recursive: true }));

const words = (...own: string[]): string[] => [
  ...own,
  "--config",
  at("suite.json"),
  "--tuned",
  at("tuned.json"),
  "--json",
];

describe("vfm tune", () => {
  const run = (...own: string[]) => vfm(...words("tune", "--problem", "denoise", ...own));

  it("keeps the best of the settings that it tried, and the log; goes on where it was ended", async () => {
    const first = await run("--method", "pnp-flow");
    expect(first).toMatchObject({ code: 0, err: "" });
    const { entries } = JSON.parse(first.out) as {
      entries: { chosen: object; crps: number; trials: { crps: number; settings: object }[] }[];
    };
    expect(entries).toHaveLength(1);
    const [{ chosen, crps, trials }] = entries;
    expect(trials).toHaveLength(2);
    expect(trials[0].settings).toEqual({ steps: 100, stepSize: 1, exponent: 0.5 });
    expect(crps).toBe(Math.min(...trials.map((trial) => trial.crps)));
    expect(trials.find((trial) => trial.crps === crps)?.settings).toEqual(chosen);

    expect(await run("--method", "dps")).toMatchObject({ code: 2, err: expect.stringMatching(/resume it/) as string });
    const second = await run("--method", "pnp-flow", "flow-dps", "--resume");
    const after = JSON.parse(second.out) as { entries: { method: string }[] };
    expect(after.entries.map(({ method }) => method)).toEqual(["pnp-flow", "flow-dps"]);
    expect(after.entries[0]).toEqual(entries[0]);
    expect(await run("--resume", "--seed", "6")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has seed 5, not 6/) as string,
    });
  });

  it("goes on with more trials as one search of them all does", async () => {
    const longer = JSON.parse(await readFile(at("suite.json"), "utf8")) as { tuning: object };
    await writeFile(at("longer.json"), JSON.stringify({ ...longer, tuning: { ...longer.tuning, trials: 3 } }));
    const search = async (...own: string[]): Promise<{ settings: object; crps: number }[]> => {
      const command = ["tune", "--problem", "denoise", "--method", "pnp-flow", "--json", ...own];
      const { code, out } = await vfm(...command);
      expect(code).toBe(0);
      const { entries } = JSON.parse(out) as { entries: { trials: { settings: object; crps: number }[] }[] };
      return entries[0].trials.map(({ settings, crps }) => ({ settings, crps }));
    };
    const short = await search("--config", at("suite.json"), "--tuned", at("short.json"));
    const extended = await search("--config", at("longer.json"), "--tuned", at("short.json"), "--resume");
    expect(extended.slice(0, 2)).toEqual(short);
    expect(extended).toEqual(await search("--config", at("longer.json"), "--tuned", at("long.json")));
    const shorter = await vfm("tune", "--config", at("suite.json"), "--tuned", at("short.json"), "--resume");
    expect(shorter).toMatchObject({ code: 2, err: expect.stringMatching(/has trials 3, not 2/) as string });
  });
});

describe("vfm benchmark", () => {
  const run = (...own: string[]) => vfm(...words("benchmark", "--suite", "images", "--out", at("out"), ...own));

  it("judges every method on every problem, and resumes", async () => {
    const first = await run();
    expect(first).toMatchObject({ code: 0, err: "" });
    const result = JSON.parse(first.out) as { cells: Cell[]; missing: string[] };
    expect(result.missing).toEqual([at("nowhere")]);
    expect(result.cells.map(({ problem, method }) => [problem, method])).toEqual(
      problems.flatMap((problem) => methods.map((method) => [problem, method])),
    );
    for (const cell of result.cells) {
      expect(cell).toMatchObject({ dataset: "noise", samples: 2, seed: 5, images: cell.method === methods[0] ? 2 : 3 });
      for (const name of [
        "crps",
        "mmd",
        "psnrSample",
        "psnrMean",
        "ssimMean",
        "frechet",
        "misfit",
        "secondsPerSample",
      ] as const)
        expect(Number.isFinite(cell[name])).toBe(true);
      // Images in a folder without classes have no labels.
      expect(cell.labelAgreement).toBeNull();
      expect(cell.intervals.crps[0]).toBeLessThanOrEqual(cell.crps + 1e-9);
      expect(cell.intervals.crps[1]).toBeGreaterThanOrEqual(cell.crps - 1e-9);
    }
    const evaluations = result.cells.slice(0, 4).map((cell) => cell.evaluations);
    expect(evaluations).toEqual([9, 1, 1, 3]);
    expect(result.cells.find(({ method }) => method === "pnp-flow")?.settings).not.toEqual({});

    expect(await run()).toMatchObject({ code: 2, err: expect.stringMatching(/holds a benchmark/) as string });
    const fewer = await run("--resume", "--images", "1");
    expect(fewer).toMatchObject({ code: 2, err: expect.stringMatching(/is of another benchmark/) as string });
    await rm(join(at("out"), "parts", "noise.denoise.vfm-1.json"));
    const again = JSON.parse((await run("--resume")).out) as { cells: Cell[] };
    expect(again.cells).toEqual(result.cells);
    // The chain's samples are large and may be thrown away: they are drawn again only if a cell is missing.
    const reference = join(at("out"), "parts", "noise.denoise.reference.safetensors");
    await rm(reference);
    expect((JSON.parse((await run("--resume")).out) as { cells: Cell[] }).cells).toEqual(result.cells);
    expect(existsSync(reference)).toBe(false);
    const timed = JSON.parse((await run("--resume", "--time-again")).out) as { cells: Cell[] };
    const withoutTimes = (cells: Cell[]) => cells.map(({ secondsPerSample: _, ...cell }) => cell);
    expect(withoutTimes(timed.cells)).toEqual(withoutTimes(result.cells));
    expect(timed.cells.map(({ secondsPerSample }) => secondsPerSample)).not.toEqual(
      result.cells.map(({ secondsPerSample }) => secondsPerSample),
    );
    expect(JSON.parse(await readFile(join(at("out"), "results.json"), "utf8"))).toEqual({
      suite: "images",
      tuned: true,
      missing: [at("nowhere")],
      comparisons: compareWithRivals(timed.cells),
      cells: timed.cells,
    });
  });

  it("runs the problems that are named alone", async () => {
    const { out } = await vfm(
      ...words("benchmark", "--suite", "images", "--out", at("one"), "--problem", "inpaint-box"),
    );
    const { cells } = JSON.parse(out) as { cells: Cell[] };
    expect([...new Set(cells.map(({ problem }) => problem))]).toEqual(["inpaint-box"]);
    expect(await run("--resume", "--problem", "deblur")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no problem "deblur": use denoise, inpaint-box/) as string,
    });
  });

  it("writes a report with a table and pictures of every problem, and the plot", async () => {
    const html = await readFile(join(at("out"), "report.html"), "utf8");
    for (const problem of problems) expect(html).toContain(`noise: ${problem}`);
    for (const method of methods) expect(html).toContain(`<td>${method}</td>`);
    expect(html.match(/<b>[^<]*<\/b>/g)?.length).toBeGreaterThan(2 * problems.length);
    const plot = await readFile(join(at("out"), "pareto-noise.svg"), "utf8");
    expect(plot).toContain("seconds a sample");
  });

  it("refuses a suite of nothing and a folder of another benchmark", async () => {
    expect(await run("--resume", "--seed", "6")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/another benchmark/) as string,
    });
    const suite = JSON.parse(await readFile(at("suite.json"), "utf8")) as { datasets: object[] };
    await writeFile(at("empty.json"), JSON.stringify({ ...suite, datasets: suite.datasets.slice(1) }));
    const empty = await vfm("benchmark", "--suite", "images", "--config", at("empty.json"), "--out", at("none"));
    expect(empty).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no data set of the suite has its model/) as string,
    });
  });
});
