import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { drawCases, fullEvaluation } from "../cases.js";
import { evaluateExact } from "../evaluation.js";
import { phasesOf, trainBase, trainPhase, type RunOptions } from "../phases.js";
import { byStepsSchema } from "../result.js";
import { evaluatePhase } from "../run.js";
import { InputError } from "../../../src/errors.js";
import { readJson, writeFileAtomically } from "../../../src/storage/index.js";
import { parseTrainConfig, readTrainConfig } from "../../../src/train/configuration/index.js";

// Joint training with and without scores of draws, from one flow map:
//   npx tsx studies/checkerboard/score/main.ts runs/checkerboard-score 1   (folder and seed; resumes an interrupted run)
//   npx tsx studies/checkerboard/score/main.ts --table                     (the README's table, from stored results)

const folder = "studies/checkerboard/score";
const threads = 1;

const studySchema = z.strictObject({
  /** The configuration with the networks, the stages of the flow map alone, and the stages to vary. */
  preset: z.string(),
  /** Width of both networks, in place of the preset's. */
  width: z.int(),
  /** Batch size of all stages, including those of the flow map alone. */
  batchSize: z.int(),
  pairs: z.int(),
  samples: z.int(),
  phases: z.array(
    z.strictObject({
      name: z.string(),
      /** The phase from whose networks this one starts: "base", or an earlier one. */
      after: z.string(),
      /**
       * Each stage is a copy of one of the preset's stages, counted from 0 at the first joint one, with the given
       * entries changed.
       */
      stages: z.array(z.looseObject({ like: z.int() })),
    }),
  ),
});

const keptSchema = z.strictObject({
  name: z.string(),
  seed: z.int(),
  /** Number of steps since the base. */
  steps: z.int(),
  /** Processor seconds of the training and the evaluation of this phase alone. */
  seconds: z.number(),
  joint: byStepsSchema,
});
type Kept = z.output<typeof keptSchema>;

const columns = [
  { title: "CRPS", of: ({ k1 }: Kept["joint"]) => k1.crpsFair },
  { title: "MMD", of: ({ k1 }: Kept["joint"]) => k1.mmdPosterior },
  { title: "support", of: ({ k1 }: Kept["joint"]) => k1.supportPosterior },
  { title: "NLPD", of: ({ k1 }: Kept["joint"]) => k1.nlpd },
  { title: "prior: MMD", of: ({ k1 }: Kept["joint"]) => k1.mmdPrior },
  { title: "prior: support", of: ({ k1 }: Kept["joint"]) => k1.supportPrior },
  { title: "4 steps: CRPS", of: ({ k4 }: Kept["joint"]) => k4.crpsFair },
  { title: "4 steps: MMD", of: ({ k4 }: Kept["joint"]) => k4.mmdPosterior },
];

const results = join(folder, "results");
const keptPath = (name: string, seed: number): string => join(results, `${name.replaceAll(/\W+/g, "-")}_${seed}.json`);

const study = await readJson(join(folder, "study.json"), studySchema);
const [first, second] = process.argv.slice(2);
if (first === "--table") await printTable();
else if (first === undefined || !Number.isInteger(Number(second)))
  throw new InputError("name a folder for the runs and a seed, or --table: main.ts runs/checkerboard-score 1");
else await run(first, Number(second));

/** Trains and scores every phase of a seed that has no result yet. */
async function run(runs: string, seed: number): Promise<void> {
  const { width, batchSize } = study;
  const own = await readTrainConfig(study.preset);
  const preset = parseTrainConfig(
    {
      ...own,
      seed,
      flowMap: { ...own.flowMap, width },
      adapter: { ...own.adapter, width },
      stages: own.stages.map((stage) => ({ ...stage, batchSize })),
    },
    study.preset,
  );
  const home = join(runs, `seed-${seed}`);
  const options: RunOptions = { folder: home, resume: existsSync(home), threads, onProgress: report };
  const phases = phasesOf(preset, home);
  const size = { pairs: study.pairs, samples: study.samples, priorSamples: fullEvaluation.priorSamples };
  const likes = phases.joint().stages;
  await trainBase(phases, options);
  const cases = drawCases(phases.sigma, size, seed);
  await keep("exact posterior", seed, 0, process.cpuUsage(), evaluateExact(cases, size, seed));
  for (const { name, after, stages } of study.phases) {
    if (existsSync(keptPath(name, seed))) continue;
    const start = process.cpuUsage();
    const config = parseTrainConfig(
      {
        ...preset,
        initialFrom: join(home, after, "checkpoint"),
        stages: stages.map(({ like, ...changes }) => ({ ...likes[like], ...changes })),
      },
      `${name} of ${folder}/study.json`,
    );
    const trained = await trainPhase(name, config, options);
    const { scores } = await evaluatePhase(trained, cases, size, seed, "onnx");
    await keep(name, seed, stepsOf(name), start, scores);
  }
}

/** Number of steps of a phase and of the phases before it, since the base. */
function stepsOf(name: string): number {
  const phase = study.phases.find((one) => one.name === name);
  if (phase === undefined) return 0;
  return stepsOf(phase.after) + phase.stages.reduce((sum, { steps }) => sum + Number(steps), 0);
}

async function keep(
  name: string,
  seed: number,
  steps: number,
  start: NodeJS.CpuUsage,
  joint: Kept["joint"],
): Promise<void> {
  const { user, system } = process.cpuUsage(start);
  const kept: Kept = { name, seed, steps, seconds: Math.round((user + system) / 1e6), joint };
  await writeFileAtomically(keptPath(name, seed), `${JSON.stringify(kept, undefined, 2)}\n`);
}

/** Prints the means over the seeds of every phase with results, in Markdown. */
async function printTable(): Promise<void> {
  const head = ["", "seeds", "training steps", "seconds", ...columns.map(({ title }) => title)];
  console.log(`| ${head.join(" | ")} |`);
  console.log(`| ${head.map(() => "---").join(" | ")} |`);
  const all = await Promise.all((await readdir(results)).map((name) => readJson(join(results, name), keptSchema)));
  for (const name of [...study.phases.map((phase) => phase.name), "exact posterior"]) {
    const kept = all.filter((one) => one.name === name);
    if (kept.length === 0) continue;
    const mean = (of: (one: Kept) => number): number => kept.reduce((sum, one) => sum + of(one) / kept.length, 0);
    const figures = columns.map(({ of }) => mean(({ joint }) => of(joint)).toFixed(3));
    const seconds = mean((one) => one.seconds).toFixed(0);
    console.log(`| ${[name, kept.length, kept[0].steps, seconds, ...figures].join(" | ")} |`);
  }
}

function report(done: number, label: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${(100 * done).toFixed(0)} % ${label}\u001b[K`);
}
