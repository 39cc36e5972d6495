import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, mapHostTree, randomSource } from "../src/array/index.js";
import { type JudgedResults, withJudgement } from "../studies/images/index.js";
import { writePng } from "../src/node/data/index.js";
import { writeClassifier } from "../src/classifier/index.js";
import { initialiseClassifier } from "../src/classifier/classifier.js";
import { writeCheckpoint } from "../src/checkpoint/index.js";
import { aboutUntrained, parseTrainConfig, startingParameters } from "../src/train/configuration/index.js";
import { writeChecksums } from "../src/storage/index.js";
import { vfm } from "./support/command-line.js";

let folder = "";
const at = (name: string): string => join(folder, name);
const image = { channels: 1, height: 8, width: 8 };
const problems = ["denoise", "inpaint-box"];
const methods = [
  "noise-space-chain",
  "vfm-1",
  "vfm-2",
  "adapter-alone-1",
  "adapter-alone-2",
  "conditional-flow",
  "conditional-score",
  "conditional-score-updated",
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
  const adapter = { model: "mlp", observationShape: shape, shape, problems: 6, depth: 1, width: 8 };
  const stage = { steps: 1, batchSize: 2, learningRate: 1e-3 };
  await writeModel("model", { flowMap: small, adapter, stages: [{ kind: "flow-matching", ...stage }] }, 1);
  await writeModel("before", { flowMap: small, adapter, stages: [{ kind: "flow-matching", ...stage }] }, 2);
  for (const [name, kind] of Object.entries({ flow: "conditional-flow-matching", score: "conditional-score" }))
    await writeModel(name, { conditional: small, stages: [{ kind, ...stage }] }, 3);
  const fit = await vfm("fit-updates", "--checkpoint", at("score"), "--images", "2", "--samples", "2", "--json");
  expect(fit).toMatchObject({ code: 0, err: "" });
  const network = { image, classes: 3, width: 4, features: 5 };
  await writeClassifier(at("classifier"), initialiseClassifier(network, randomSource(0)), {
    network,
    data: "noise",
    training: { seed: 0, epochs: 1, batchSize: 1, learningRate: 1, weightDecay: 0, shift: 0, mirror: false },
    accuracy: {},
  });
  const suite = {
    seed: 5,
    images: 3,
    samples: 2,
    sizes: { dps: { images: 2, samples: 2 }, "d-flow": { images: 2, samples: 2 } },
    flowMapSteps: [1, 2],
    conditionalSteps: 3,
    reference: { images: 2, steps: 4, leapfrog: 2, stepSize: 0.1 },
    tuning: { trials: 2, images: 2, samples: 2 },
    timing: { rounds: 1, leastSeconds: 0, samples: 4 },
    priorSamples: 100,
    unseen: {
      images: 2,
      samples: 2,
      guided: "pnp-flow",
      problems: [
        {
          name: "larger-box",
          like: "inpaint-box",
          operator: { kind: "inpaint-box", sides: [5, 5], margin: 1 },
          sigma: 0.2,
        },
      ],
    },
    datasets: [
      {
        name: "noise",
        variational: { vfm: at("model"), "adapter-alone": at("before") },
        prior: at("before"),
        conditional: { "conditional-flow": at("flow"), "conditional-score": at("score"), lost: at("lost") },
        classifier: at("classifier"),
      },
      { name: "nothing", variational: { vfm: at("nowhere") }, classifier: at("classifier") },
    ],
  };
  await writeFile(at("suite.json"), JSON.stringify(suite));
}

/** Writes an untrained model of the images; first parameters give samples without spread: some noise on them. */
async function writeModel(name: string, settings: object, seed: number): Promise<void> {
  const configuration = parseTrainConfig(
    {
      seed: 0,
      data: { kind: "images", folder: at("images"), height: 8, width: 8, channels: 1 },
      problems: problems.map((problem) => ({ name: problem, sigma: 0.3 })),
      ...settings,
    },
    name,
  );
  const { normal } = randomSource(seed, "parameters");
  const networks = mapHostTree(await startingParameters(configuration), ({ shape: own, data }) =>
    hostArray(
      Float32Array.from(data, (value) => value + 0.3 * normal()),
      own,
    ),
  );
  await writeCheckpoint(at(name), networks, await aboutUntrained(configuration));
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

  it("keeps the best of the settings that it tried, and the log, and continues where it was ended", async () => {
    const first = await run("--method", "pnp-flow");
    expect(first).toMatchObject({ code: 0, err: "" });
    const { entries } = JSON.parse(first.out) as {
      entries: { chosen: object; crps: number; trials: { crps: number; settings: object }[] }[];
    };
    expect(entries).toHaveLength(1);
    const [{ chosen, crps, trials }] = entries;
    // The initial settings have 100 steps, the random ones 50; these are then tried with 100.
    expect(trials).toHaveLength(3);
    expect(trials[2].settings).toEqual({ ...trials[1].settings, steps: 100 });
    expect(trials[0].settings).toEqual({ steps: 100, stepSize: 1, exponent: 0.5 });
    expect(crps).toBe(Math.min(...trials.map((trial) => trial.crps)));
    expect(trials.find((trial) => trial.crps === crps)?.settings).toEqual(chosen);

    expect(await run("--method", "dps")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/continue it with --resume/) as string,
    });
    const second = await run("--method", "pnp-flow", "flow-dps", "--resume");
    const after = JSON.parse(second.out) as { entries: { method: string }[] };
    expect(after.entries.map(({ method }) => method)).toEqual(["pnp-flow", "flow-dps"]);
    expect(after.entries[0]).toEqual(entries[0]);
    expect(await run("--resume", "--seed", "6")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has seed 5, not 6/) as string,
    });
  });

  it("in two commands at once, each on its own problem, keeps what both find", async () => {
    const search = (problem: string) =>
      vfm(
        ...["tune", "--config", at("suite.json"), "--tuned", at("shared.json"), "--json"],
        ...["--method", "pnp-flow", "--problem", problem],
      );
    for (const { code } of await Promise.all(problems.map(search))) expect(code).toBe(0);
    const { entries } = JSON.parse(await readFile(at("shared.json"), "utf8")) as { entries: { problem: string }[] };
    expect(entries.map(({ problem }) => problem).sort()).toEqual(problems);
  });

  it("continues with more trials as one search of them all does", async () => {
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
    expect(extended.slice(0, 3)).toEqual(short);
    const long = await search("--config", at("longer.json"), "--tuned", at("long.json"));
    expect(extended).toHaveLength(long.length);
    expect(extended).toEqual(expect.arrayContaining(long));
    const shorter = await vfm("tune", "--config", at("suite.json"), "--tuned", at("short.json"), "--resume");
    expect(shorter).toMatchObject({ code: 2, err: expect.stringMatching(/has trials 3, not 2/) as string });
  });
});

describe("vfm benchmark", () => {
  const run = (...own: string[]) => vfm(...words("benchmark", "--suite", "images", "--out", at("out"), ...own));

  it("judges every method on every problem, and resumes", async () => {
    const first = await run();
    expect(first).toMatchObject({ code: 0, err: "" });
    const result = JSON.parse(first.out) as JudgedResults;
    expect(result.missing).toEqual([at("lost"), at("nowhere")]);
    expect(result.cells.map(({ problem, method }) => [problem, method])).toEqual(
      problems.flatMap((problem) => methods.map((method) => [problem, method])),
    );
    for (const cell of result.cells) {
      const fewer = [methods[0], "dps", "d-flow"].includes(cell.method);
      expect(cell).toMatchObject({ dataset: "noise", samples: 2, seed: 5, images: fewer ? 2 : 3 });
      if (cell.method !== methods[0]) expect(cell.shared).toMatchObject({ images: 2, samples: 2 });
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
    const evaluations = result.cells.slice(0, 7).map((cell) => cell.evaluations);
    expect(evaluations).toEqual([9, 1, 2, 1, 2, 3, 1]);
    // A method that was run on the shared images alone has its own figures there.
    const dps = result.cells.find(({ method }) => method === "dps");
    expect(dps?.shared).toMatchObject({ crps: dps?.crps, misfit: dps?.misfit, frechet: dps?.frechet });
    expectDifferences(result);
    const [prior] = result.prior;
    expect(prior).toMatchObject({ dataset: "noise", samples: 100, seed: 5 });
    expect(prior.ratio).toBeCloseTo(prior.after / (prior.before ?? 0), 12);
    expect(prior.after).not.toBe(prior.before);
    expect(result.unseen.map(({ problem, method }) => [problem, method])).toEqual(
      [
        ...methods
          .slice(1)
          .filter((method) => !method.endsWith("-2"))
          .slice(0, 5),
        "pnp-flow-on-vfm",
      ].map((method) => ["larger-box", method]),
    );
    expect(result.cells.find(({ method }) => method === "pnp-flow")?.settings).not.toEqual({});

    expect(await run()).toMatchObject({ code: 2, err: expect.stringMatching(/holds a benchmark/) as string });
    const fewer = await run("--resume", "--images", "1");
    expect(fewer).toMatchObject({ code: 2, err: expect.stringMatching(/belongs to another benchmark/) as string });
    await rm(join(at("out"), "parts", "noise.denoise.vfm-1.json"));
    await rm(join(at("out"), "parts", "noise.prior.json"));
    const again = JSON.parse((await run("--resume")).out) as JudgedResults;
    // A method whose cell is drawn again is timed again; everything else is as it was.
    expect(untimed(again)).toEqual(untimed(result));
    // The chain's samples are large and may be thrown away: they are drawn again only if a cell is missing.
    const reference = join(at("out"), "parts", "noise.denoise.reference.safetensors");
    await rm(reference);
    expect(JSON.parse((await run("--resume")).out)).toEqual(again);
    expect(existsSync(reference)).toBe(false);
    const timed = JSON.parse((await run("--resume", "--time-again")).out) as JudgedResults;
    const withoutTimes = (cells: JudgedResults["cells"]) => cells.map(({ secondsPerSample: _, ...cell }) => cell);
    expect(withoutTimes(timed.cells)).toEqual(withoutTimes(result.cells));
    expect(timed.cells.map(({ secondsPerSample }) => secondsPerSample)).not.toEqual(
      result.cells.map(({ secondsPerSample }) => secondsPerSample),
    );
    expect(timed).toMatchObject({ suite: "images", tuned: true });
    expect(timed).toEqual(withJudgement(timed));
    expect(JSON.parse(await readFile(join(at("out"), "results.json"), "utf8"))).toEqual(timed);
  }, 300_000);

  it("gathers the cells that are there, with neither models nor images", async () => {
    const gather = async (...own: string[]): Promise<JudgedResults> => {
      const { code, err, out } = await run("--gather", ...own);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      return JSON.parse(out) as JudgedResults;
    };
    const whole = JSON.parse(await readFile(join(at("out"), "results.json"), "utf8")) as JudgedResults;
    await rename(at("images"), at("hidden"));
    const [path, aside] = [join(at("out"), "parts", "noise.denoise.dps.json"), at("dps.json")];
    await rename(path, aside);
    const part = await gather();
    expect(part.cells).toEqual(whole.cells.filter(({ problem, method }) => problem !== "denoise" || method !== "dps"));
    await rename(aside, path);
    await rename(at("hidden"), at("images"));
    expect(await gather()).toEqual(whole);
    expect((await gather("--problem", "inpaint-box")).cells).toHaveLength(methods.length);
    const unseen = await gather("--problem", "larger-box");
    expect([unseen.cells, unseen.unseen.length]).toEqual([[], whole.unseen.length]);
    await gather();
    const other = await run("--gather", "--images", "2");
    expect(other).toMatchObject({ code: 2, err: expect.stringMatching(/belongs to another benchmark/) as string });
    const nothing = await vfm(...words("benchmark", "--suite", "images", "--out", at("nothing"), "--gather"));
    expect(nothing).toMatchObject({ code: 2, err: expect.stringMatching(/no cells of the suite/) as string });
    expect(await run("--gather", "--resume")).toMatchObject({ code: 2 });
  });

  it("keeps the cells of a network that is missing now", async () => {
    const whole = JSON.parse(await readFile(join(at("out"), "results.json"), "utf8")) as JudgedResults;
    await rename(at("score"), at("away"));
    const { code, err, out } = await run("--resume");
    await rename(at("away"), at("score"));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const found = JSON.parse(out) as JudgedResults;
    expect(found.missing).toEqual([at("score"), ...whole.missing]);
    expect(found.cells).toEqual(whole.cells);
  });

  it("takes cells of unseen problems on fewer images again", async () => {
    const suite = JSON.parse(await readFile(at("suite.json"), "utf8")) as { unseen: object };
    await writeFile(at("more.json"), JSON.stringify({ ...suite, unseen: { ...suite.unseen, images: 3 } }));
    const few = async (...own: string[]): Promise<JudgedResults> => {
      const { code, out } = await vfm(
        ...["benchmark", "--suite", "images", "--config", at("more.json"), "--out", at("few"), "--json"],
        ...["--problem", "larger-box", "--images", "2", ...own],
      );
      expect(code).toBe(0);
      return JSON.parse(out) as JudgedResults;
    };
    const made = await few();
    expect(made.unseen.map(({ images }) => images)).toEqual([2, 2, 2, 2, 2, 2]);
    expect((await few("--gather")).unseen).toEqual(made.unseen);
  });

  it("refuses cells that are compared on other images", async () => {
    const suite = JSON.parse(await readFile(at("suite.json"), "utf8")) as object;
    const sizes = { dps: { images: 1, samples: 2 }, "d-flow": { images: 2, samples: 2 } };
    await writeFile(at("sizes.json"), JSON.stringify({ ...suite, sizes }));
    const other = await vfm(
      ...["benchmark", "--suite", "images", "--config", at("sizes.json"), "--out", at("out"), "--gather"],
    );
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringMatching(/another benchmark \(compared on 2 images/) as string,
    });
  });

  it("refuses a file of settings that is missing, and removes no former cells before its input is checked", async () => {
    const lost = await vfm(
      "benchmark",
      "--suite",
      "images",
      "--tuned",
      at("lost.json"),
      "--out",
      at("out"),
      "--gather",
    );
    expect(lost).toMatchObject({ code: 2, err: expect.stringMatching(/lost.json does not exist/) as string });
    await mkdir(at("former/quick/parts"), { recursive: true });
    const typo = ["--config", at("typo.json"), "--out", at("former"), "--quick"];
    expect(await vfm("benchmark", "--suite", "images", ...typo)).toMatchObject({ code: 2 });
    expect(existsSync(at("former/quick/parts"))).toBe(true);
    const unknown = ["--config", at("suite.json"), "--out", at("former"), "--quick", "--problem", "dehaze"];
    expect(await vfm("benchmark", "--suite", "images", ...unknown)).toMatchObject({ code: 2 });
    expect(existsSync(at("former/quick/parts"))).toBe(true);
  });

  it("judges what it wrote again, by `vfm judge`", async () => {
    const path = join(at("out"), "results.json");
    const before = JSON.parse(await readFile(path, "utf8")) as JudgedResults;
    const worse = before.cells.map((cell) => (cell.method === "vfm-1" ? { ...cell, misfit: 2 } : cell));
    await writeFile(path, JSON.stringify({ ...before, cells: worse }));
    const { code, out } = await vfm("judge", "--results", path, "--tables", at("tables.md"), "--json");
    expect(code).toBe(0);
    expect(await readFile(at("tables.md"), "utf8")).toMatch(/^### noise\n\nCRPS:\n\n\| problem \| VFM \|/);
    const { judgement } = JSON.parse(out) as JudgedResults;
    expect(judgement.find(({ claim }) => claim === "misfit")).toMatchObject({ holds: 0, of: 2, met: false });
    expect((JSON.parse(await readFile(path, "utf8")) as JudgedResults).judgement).toEqual(judgement);
    await writeFile(path, JSON.stringify({ ...before, cells: [{}] }));
    const damaged = await vfm("judge", "--results", path);
    expect(damaged).toMatchObject({ code: 2, err: expect.stringMatching(/results.json: cells.0/) as string });
    await writeFile(path, JSON.stringify(before));
  });

  it("draws a guided sampler again only where its settings are those of its cell", async () => {
    const tuned = JSON.parse(await readFile(at("tuned.json"), "utf8")) as { entries: { chosen: object }[] };
    const entries = tuned.entries.map((entry) => ({ ...entry, chosen: { ...entry.chosen, steps: 51 } }));
    await writeFile(at("other.json"), JSON.stringify({ ...tuned, entries }));
    const other = await vfm(
      ...["benchmark", "--suite", "images", "--config", at("suite.json"), "--tuned", at("other.json")],
      ...["--out", at("out"), "--resume"],
    );
    expect(other).toMatchObject({ code: 2, err: expect.stringMatching(/has other settings of flow-dps/) as string });
  });

  it("takes neither cells nor settings of another checkpoint", async () => {
    const [score, before] = [at("score/model.safetensors"), at("before/model.safetensors")];
    const [scoreBytes, beforeBytes] = [await readFile(score), await readFile(before)];
    const write = async (path: string, bytes: Uint8Array): Promise<void> => {
      await writeFile(path, bytes);
      await writeChecksums(dirname(path));
    };
    await write(score, changed(scoreBytes));
    expect(await run("--resume")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/conditional-score.json was drawn from another checkpoint/) as string,
    });
    await write(score, scoreBytes);
    await write(before, changed(beforeBytes));
    expect(await run("--resume")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/another prior: tune it again|drawn from another checkpoint/) as string,
    });
    await writeFile(at("again.json"), await readFile(at("tuned.json")));
    const again = await vfm(
      ...["tune", "--config", at("suite.json"), "--tuned", at("again.json"), "--problem", "denoise"],
      ...["--method", "pnp-flow", "--resume", "--json"],
    );
    const first = JSON.parse(await readFile(at("tuned.json"), "utf8")) as { entries: { crps: number }[] };
    const { entries } = JSON.parse(again.out) as { entries: { method: string; crps: number }[] };
    expect(entries.find(({ method }) => method === "pnp-flow")?.crps).not.toBe(first.entries[0].crps);
    await write(before, beforeBytes);
  });

  it("runs the problems that are named alone", async () => {
    const { out } = await vfm(
      ...words("benchmark", "--suite", "images", "--out", at("one"), "--problem", "inpaint-box"),
    );
    const { cells, unseen } = JSON.parse(out) as JudgedResults;
    expect(unseen).toEqual([]);
    expect([...new Set(cells.map(({ problem }) => problem))]).toEqual(["inpaint-box"]);
    expect(await run("--resume", "--problem", "deblur")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no problem "deblur": use denoise, inpaint-box, larger-box/) as string,
    });
  });

  it("writes a report with a table and pictures of every problem, and the plot", async () => {
    const html = await readFile(join(at("out"), "report.html"), "utf8");
    for (const problem of problems) expect(html).toContain(`noise: ${problem}`);
    for (const method of methods) expect(html).toContain(`<td>${method}</td>`);
    for (const title of ["The judgement", "The prior still generates", "Several steps", "Likelihoods that no network"])
      expect(html).toContain(title);
    expect(html).toContain("noise, larger-box");
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
    expect(existsSync(at("none/parts"))).toBe(false);
    const search = (...own: string[]) => vfm("tune", "--config", at("empty.json"), "--tuned", at("none.json"), ...own);
    expect((await search()).err).toMatch(/no data set of the suite has its model/);
    expect((await search("--method", "nonsense")).err).toMatch(/no guided sampler "nonsense": use dps/);
  });
});

/** Every two methods of a problem, and the difference of their figures on the images that both were run on. */
function expectDifferences({ cells, differences }: JudgedResults): void {
  expect(differences).toHaveLength((problems.length * (methods.length * (methods.length - 1))) / 2);
  for (const { problem, method, against, images, crps } of differences) {
    const figure = (name: string): number => {
      const cell = cells.find((of) => of.problem === problem && of.method === name);
      return (cell?.images === images ? cell.crps : cell?.shared?.crps) ?? Number.NaN;
    };
    expect(Math.abs(crps[0] - (figure(method) - figure(against)))).toBeLessThan(1e-3);
    expect(crps[1]).toBeLessThanOrEqual(crps[0]);
    expect(crps[2]).toBeGreaterThanOrEqual(crps[0]);
  }
}

/** Results without what was timed. */
function untimed({ judgement, ...results }: JudgedResults): unknown {
  const timed = ["secondsPerSample", "timesFaster"];
  const others = judgement.filter(({ claim }) => claim !== "faster");
  return JSON.parse(JSON.stringify({ ...results, others }, (key, value: unknown) => (timed.includes(key) ? 0 : value)));
}

/** A checkpoint's file with other parameters: the last half of its bytes are those of floats, and lose their sign. */
function changed(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  for (let end = bytes.length; end > bytes.length / 2; end -= 4) other[end - 1] &= 0x7f;
  return other;
}
