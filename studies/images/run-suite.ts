import { existsSync } from "node:fs";
import { join } from "node:path";
import { randomSource } from "../../src/array/index.js";
import { type Dataset } from "../../src/data/index.js";
import { InputError } from "../../src/errors.js";
import { type Difference, differencesOf, featureReference } from "../../src/evaluate/index.js";
import { makeFolders, writeError } from "../../src/platform/node/index.js";
import { loadClassifier } from "../../src/classifier/index.js";
import { type Cell, type CellPart } from "./cell.js";
import {
  entrants,
  guidedPrior,
  loadSuiteModels,
  referenceEntrant,
  type SuiteModels,
  wantedProblems,
} from "./entrants.js";
import { judgePrior, type Prior } from "./kept-prior.js";
import { type Common, type Contest, runContest } from "./contest.js";
import { judgedName, sharedSize, sizeOfMethod, type Suite, type SuiteDataset } from "./suite.js";
import { chosenSettings, type Tuned } from "./tuned-settings.js";
import { unseenProblem } from "./unseen.js";
import { unseenEntrants } from "./unseen-entrants.js";

/** Options of `runBenchmark`. */
export interface BenchmarkOptions {
  suite: Suite;
  /** Settings of the guided samplers; the published ones where there are none. */
  tuned?: Tuned | undefined;
  /** Where cells, pictures and reference samples are kept as they come. */
  folder: string;
  /** Go on with what stands in the folder. */
  resume: boolean;
  /** Take the seconds a sample again, whatever stands in the folder. */
  timeAgain?: boolean | undefined;
  /** Only these problems, where given. */
  problems?: readonly string[] | undefined;
  /** Threads of the engine; all cores if not given. */
  threads?: number | undefined;
  onProgress?(done: number, label: string): void;
  signal?: AbortSignal | undefined;
}

/** What a benchmark found. */
export interface BenchmarkResult {
  cells: Cell[];
  /** Every two methods of a problem on the images that both were run on. */
  differences: Difference[];
  /** One a data set. */
  prior: Prior[];
  /** Cells of problems that no network was trained on. */
  unseen: Cell[];
  /** Folders that the suite names and that were not there. */
  missing: string[];
}

/**
 * Runs every method on every problem of every data set, each on the same images and observations. A cell is written as
 * soon as it is known; a run that was ended is resumed from there.
 *
 * @throws InputError if the folder holds cells and is not to be resumed, or holds cells of another size, seed or settings, or
 * if a problem is wanted that no model has
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { suite, folder, resume } = options;
  if (!resume && existsSync(join(folder, "parts")))
    throw new InputError(`${folder} holds a benchmark: resume it, or name another folder`);
  const kept = join(folder, "parts");
  await makeFolders(kept).catch((error: NodeJS.ErrnoException) => {
    throw writeError(kept, error);
  });
  const missing: string[] = [];
  const found: DatasetResult[] = [];
  for (const [index, dataset] of suite.datasets.entries()) {
    const models = await loadSuiteModels(dataset);
    if (models === undefined || !existsSync(dataset.classifier)) {
      missing.push(models === undefined ? dataset.variational[judgedName] : dataset.classifier);
      continue;
    }
    missing.push(...models.missing);
    const onProgress = (done: number, label: string): void =>
      options.onProgress?.((index + done) / suite.datasets.length, label);
    found.push(await runDataset(dataset, models, { ...options, onProgress }));
  }
  const parts = found.flatMap((of) => of.parts);
  return {
    cells: parts.map(({ cell }) => cell),
    differences: differencesOf(parts, suite.seed),
    prior: found.map(({ prior }) => prior),
    unseen: found.flatMap(({ unseen }) => unseen.map(({ cell }) => cell)),
    missing,
  };
}

interface DatasetResult {
  parts: CellPart[];
  prior: Prior;
  unseen: CellPart[];
}

async function runDataset(
  dataset: SuiteDataset,
  models: SuiteModels,
  options: BenchmarkOptions,
): Promise<DatasetResult> {
  const { suite, folder, onProgress } = options;
  const heldOut = await models.images("test");
  const chosen = randomSource(suite.seed, "images").permutation(heldOut.count).subarray(0, suite.images);
  const classifier = await loadClassifier(dataset.classifier);
  const features = await featureReference(classifier, await models.images("train"));
  const about = { dataset: dataset.name, seed: suite.seed, classifier, features };
  const all = [
    ...models.problems.map((problem) => ({
      name: problem.name,
      seen: true,
      contest: seenContest(problem, models, chosen, dataset.name, options),
    })),
    ...unseenContests(models, chosen, dataset.name, options).map((contest) => ({
      name: contest.problem.name,
      seen: false,
      contest,
    })),
  ];
  const contests = wantedProblems(all, options.problems);
  try {
    onProgress?.(0, `${dataset.name}, prior`);
    const prior = await judgePrior(models, { ...about, suite, folder });
    const result: DatasetResult = { parts: [], prior, unseen: [] };
    for (const [index, { seen, contest }] of contests.entries()) {
      const found = await runOne(contest, heldOut, about, options, (done, method) =>
        onProgress?.((index + done) / contests.length, `${dataset.name}, ${contest.problem.name}, ${method}`),
      );
      (seen ? result.parts : result.unseen).push(...found);
    }
    return result;
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
): Promise<CellPart[]> {
  return runContest(contest, heldOut, about, { timing: suite.timing, folder, timeAgain, threads, signal, onProgress });
}

/** Every method on a problem that the networks were trained on. */
function seenContest(
  problem: Contest["problem"],
  models: SuiteModels,
  images: Int32Array,
  dataset: string,
  { suite, tuned }: BenchmarkOptions,
): Contest {
  const { reference, samples } = suite;
  const severalSizes = Object.keys(suite.sizes).length > 0;
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
    shared: severalSizes ? clamped(sharedSize(suite), images.length) : undefined,
  };
}

/** The amortised methods, and a guided sampler on the judged model's own prior, on problems that no network was trained on. */
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
