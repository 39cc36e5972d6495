import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { randomSource } from "../../src/array/index.js";
import { type Dataset } from "../../src/data/index.js";
import { InputError } from "../../src/errors.js";
import { featureReference } from "../../src/evaluate/index.js";
import { loadClassifier } from "../../src/classifier/index.js";
import {
  entrants,
  guidedPrior,
  loadSuiteModels,
  referenceEntrant,
  type SuiteModels,
  wantedProblems,
} from "./entrants.js";
import { judgePrior } from "./kept-prior.js";
import { type Common, type Contest, runContest } from "./contest.js";
import { partsFolder } from "./part-path.js";
import { comparedSize, judgedName, sizeOfMethod, type Suite, type SuiteDataset } from "./suite.js";
import { chosenSettings, type Tuned } from "./tuned-settings.js";
import { unseenProblem } from "./unseen.js";
import { unseenEntrants } from "./unseen-entrants.js";

/** Options of `runBenchmark`. */
export interface BenchmarkOptions {
  suite: Suite;
  /** Settings of the guided samplers. Default: those from which a search starts. */
  tuned?: Tuned | undefined;
  /** Folder in which cells, pictures and reference samples are stored as soon as they are known. */
  folder: string;
  /** Whether to resume the run in the folder. */
  resume: boolean;
  /** Whether cells that the folder has are removed, once it is known that the run can begin. Default: false. */
  again?: boolean | undefined;
  /** Whether to measure the seconds for each sample again, even if they are stored in the folder. */
  timeAgain?: boolean | undefined;
  /** Only these problems. Default: all. */
  problems?: readonly string[] | undefined;
  /** Threads of the engine. Default: all cores. */
  threads?: number | undefined;
  onProgress?(done: number, label: string): void;
  signal?: AbortSignal | undefined;
}

/**
 * Runs every method on every problem of every data set, each on the same images and observations. A cell is written as
 * soon as it is known, so that an interrupted run can be resumed; `keptResult` reads them.
 *
 * @throws InputError if the folder contains cells and should not be resumed, or contains cells of another size, seed or
 *   settings, if no model has a requested problem, or if no data set has its model
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<void> {
  const { suite, folder, resume, again = false } = options;
  let outdated = !resume && existsSync(partsFolder(folder));
  if (outdated && !again) throw new InputError(`${folder} holds a benchmark: resume it, or name another folder`);
  const missing: string[] = [];
  for (const [index, dataset] of suite.datasets.entries()) {
    const models = await loadSuiteModels(dataset);
    if (models === undefined || !existsSync(dataset.classifier)) {
      missing.push(models === undefined ? dataset.variational[judgedName] : dataset.classifier);
      continue;
    }
    const onProgress = (done: number, label: string): void =>
      options.onProgress?.((index + done) / suite.datasets.length, label);
    const begin = async (): Promise<void> => {
      if (outdated) await rm(partsFolder(folder), { recursive: true, force: true });
      outdated = false;
    };
    await runDataset(dataset, models, { ...options, onProgress }, begin);
  }
  if (missing.length === suite.datasets.length)
    throw new InputError(`no data set of the suite has its model: ${missing.join(", ")}`);
}

/** Runs a data set; `begin` is called before its first file is written. */
async function runDataset(
  dataset: SuiteDataset,
  models: SuiteModels,
  options: BenchmarkOptions,
  begin: () => Promise<void>,
): Promise<void> {
  const { suite, folder, onProgress } = options;
  const heldOut = await models.images("test");
  const chosen = randomSource(suite.seed, "images").permutation(heldOut.count).subarray(0, suite.images);
  const classifier = await loadClassifier(dataset.classifier);
  const features = await featureReference(classifier, await models.images("train"));
  const about = { dataset: dataset.name, seed: suite.seed, classifier, features };
  const all = [
    ...models.problems.map((problem) => seenContest(problem, models, chosen, dataset.name, options)),
    ...unseenContests(models, chosen, dataset.name, options),
  ].map((contest) => ({ name: contest.problem.name, contest }));
  const contests = wantedProblems(all, options.problems);
  await begin();
  try {
    onProgress?.(0, `${dataset.name}, prior`);
    await judgePrior(models, { ...about, suite, folder });
    for (const [index, { name, contest }] of contests.entries())
      await runOne(contest, heldOut, about, options, (done, method) =>
        onProgress?.((index + done) / contests.length, `${dataset.name}, ${name}, ${method}`),
      );
  } finally {
    await classifier.dispose();
  }
}

function runOne(
  contest: Contest,
  heldOut: Dataset,
  about: Common,
  { suite, folder, timeAgain, threads, signal }: BenchmarkOptions,
  onProgress: (done: number, label: string) => void,
): Promise<void> {
  return runContest(contest, heldOut, about, { timing: suite.timing, folder, timeAgain, threads, signal, onProgress });
}

/** The contest of every method on a problem on which the networks were trained. */
function seenContest(
  problem: Contest["problem"],
  models: SuiteModels,
  images: Int32Array,
  dataset: string,
  { suite, tuned }: BenchmarkOptions,
): Contest {
  const { reference, samples } = suite;
  const shared = comparedSize(suite);
  return {
    problem,
    images,
    entrants: (engine) =>
      entrants(models, suite, engine, chosenSettings(tuned, dataset, problem.name, guidedPrior(models).checkpoint)),
    reference: reference && {
      entrant: (engine) => referenceEntrant(models, reference, engine),
      size: { images: Math.min(reference.images, images.length), samples },
    },
    sizeOf: (method) => clamped(sizeOfMethod(suite, method), images.length),
    timedSamples: samples,
    shared: shared && clamped(shared, images.length),
  };
}

/**
 * The contests of the amortised methods, and of a guided sampler on the judged model's own prior, on problems on which
 * no network was trained.
 */
function unseenContests(
  models: SuiteModels,
  chosen: Int32Array,
  dataset: string,
  { suite, tuned }: BenchmarkOptions,
): Contest[] {
  const { unseen } = suite;
  if (unseen === undefined) return [];
  const images = chosen.subarray(0, unseen.images);
  return unseen.problems.map((spec) => {
    const problem = unseenProblem(spec, models.problems);
    const settings = () => chosenSettings(tuned, dataset, spec.like, guidedPrior(models).checkpoint);
    return {
      problem,
      images,
      entrants: (engine) => unseenEntrants(models, { problem, like: spec.like }, suite, engine, settings()),
      sizeOf: () => ({ images: images.length, samples: unseen.samples }),
      timedSamples: unseen.samples,
    };
  });
}

function clamped({ images, samples }: { images: number; samples: number }, most: number) {
  return { images: Math.min(images, most), samples };
}
