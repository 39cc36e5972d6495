import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { firstRows, hostArray, type HostArray, randomSource } from "../array/index.js";
import { samplerEngine } from "../baselines/index.js";
import { type Dataset, gatherImages } from "../data/index.js";
import { InputError } from "../errors.js";
import { type Classifier, featureReference, loadClassifier, type ProblemSamples } from "../evaluate/index.js";
import { writeFileAtomically } from "../files.js";
import { degrade, firstObservations, type Problem } from "../operators/index.js";
import { decodeSafetensors, encodeSafetensors, readJson } from "../train/index.js";
import { type Cell, checkedCell, cutSamples, judge, type Judge } from "./cell.js";
import { drawSamples, type SampleTask } from "./draw.js";
import { keptSeconds } from "./seconds.js";
import {
  type Entrant,
  entrants,
  loadSuiteModels,
  referenceEntrant,
  type SuiteModels,
  wantedProblems,
} from "./entrant.js";
import { samplesStrip, truthStrip } from "./strip.js";
import { type Suite, type SuiteDataset } from "./suite.js";
import { chosenSettings, type Tuned } from "./tuning.js";

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
  /** Folders that the suite names and that were not there. */
  missing: string[];
}

/** The file of a cell, of the picture beside it, or of a problem's own things. */
export function partPath(folder: string, kind: string, ...names: readonly string[]): string {
  return join(folder, "parts", `${names.join(".")}.${kind}`);
}

/**
 * Runs every method on every problem of every data set, each on the same images and observations. A cell is written as
 * soon as it is known; a run that was ended is resumed from there.
 *
 * @throws InputError if the folder holds cells and is not to be resumed, or holds cells of another size or seed, or if a
 * problem is wanted that no model has
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { suite, folder, resume } = options;
  if (!resume && existsSync(join(folder, "parts")))
    throw new InputError(`${folder} holds a benchmark: resume it, or name another folder`);
  await mkdir(join(folder, "parts"), { recursive: true });
  const missing: string[] = [];
  const cells: Cell[] = [];
  for (const [index, dataset] of suite.datasets.entries()) {
    const models = await loadSuiteModels(dataset);
    if (models === undefined || !existsSync(dataset.classifier)) {
      missing.push(models === undefined ? dataset.model : dataset.classifier);
      continue;
    }
    missing.push(...models.missing);
    const onProgress = (done: number, label: string): void =>
      options.onProgress?.((index + done) / suite.datasets.length, label);
    cells.push(...(await runDataset(dataset, models, { ...options, onProgress })));
  }
  return { cells, missing };
}

async function runDataset(dataset: SuiteDataset, models: SuiteModels, options: BenchmarkOptions): Promise<Cell[]> {
  const { suite, onProgress } = options;
  const heldOut = await models.images("test");
  const chosen = randomSource(suite.seed, "images").permutation(heldOut.count).subarray(0, suite.images);
  const classifier = await loadClassifier(dataset.classifier);
  const features = await featureReference(classifier, await models.images("train"));
  const cells: Cell[] = [];
  try {
    const problems = wantedProblems(models, options.problems);
    for (const [index, problem] of problems.entries()) {
      const about = { dataset: dataset.name, seed: suite.seed, classifier, features };
      const label = `${dataset.name}, ${problem.name}`;
      const told = (done: number, method: string): void =>
        onProgress?.((index + done) / problems.length, `${label}, ${method}`);
      cells.push(...(await runProblem(problem, models, heldOut, chosen, about, { ...options, onProgress: told })));
    }
  } finally {
    await classifier.dispose();
  }
  return cells;
}

type Common = Pick<Judge, "dataset" | "seed" | "features"> & { classifier: Classifier };

async function runProblem(
  problem: Problem,
  models: SuiteModels,
  heldOut: Dataset,
  chosen: Int32Array,
  about: Common,
  options: BenchmarkOptions,
): Promise<Cell[]> {
  const { suite, folder, tuned, threads, onProgress, signal } = options;
  const { dataset, seed } = about;
  const truth = gatherImages(heldOut, chosen);
  const observed = { ...(await degrade(problem, truth, seed)), problem };
  await writeFileAtomically(
    partPath(folder, "png", dataset, problem.name, "truth"),
    await truthStrip(truth, observed.transposed),
  );
  const engine = samplerEngine(threads === undefined ? {} : { threads });
  const labelsOf = (count: number): Int32Array | undefined => {
    const { labels } = heldOut;
    return labels && Int32Array.from(chosen.subarray(0, count), (index) => labels[index]);
  };
  const cells: Cell[] = [];
  try {
    const chain = referenceEntrant(models, suite, engine);
    const total = Math.min(suite.reference.images, truth.shape[0]);
    const task: SampleTask = { truth, observed, samples: suite.samples, seed, warmUp: 0 };
    onProgress?.(0, chain.name);
    const reference = once(async () => {
      const drawn = await referenceSamples(chain, about, options, {
        ...task,
        truth: firstRows(truth, total),
        observed: { ...firstObservations(observed, total), problem },
        samples: 2 * suite.samples,
        warmUp: engine.batchSize,
      });
      // One half is the reference, the other is judged by it as any method is: the least MMD that can be reached.
      const [own, other] = cutSamples(drawn.samples, suite.samples);
      return { drawn: { ...drawn, samples: own }, other };
    });
    cells.push(
      await cellOf(chain, about, options, problem, total, async () => {
        const { drawn, other } = await reference();
        return { drawn, by: { labels: labelsOf(total), reference: other } };
      }),
    );
    const methods = entrants(models, suite, engine, chosenSettings(tuned, dataset, problem.name));
    for (const [index, entrant] of methods.entries()) {
      signal?.throwIfAborted();
      onProgress?.((index + 1) / (methods.length + 1), entrant.name);
      cells.push(
        await cellOf(entrant, about, options, problem, truth.shape[0], async () => ({
          drawn: await drawSamples(entrant.sampler, task),
          by: { labels: labelsOf(chosen.length), reference: (await reference()).other },
        })),
      );
    }
    onProgress?.(1, "seconds a sample");
    const timed = partPath(folder, "json", dataset, problem.name, "seconds");
    if (options.timeAgain) await rm(timed, { force: true });
    const seconds = await keptSeconds(timed, methods, {
      observed: { ...firstObservations(observed, Math.ceil(engine.batchSize / suite.samples)), problem },
      samples: suite.samples,
      seed,
      timing: suite.timing,
      signal,
    });
    // The chain takes too long to be drawn several times: its seconds are those of its own samples.
    return cells.map((cell) => ({ ...cell, secondsPerSample: seconds[cell.method] ?? cell.secondsPerSample }));
  } finally {
    await engine.dispose();
  }
}

/** A function that does its work at the first call and gives the same result at every later one. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** A cell from its file, or judged and written. */
async function cellOf(
  { name, settings }: Entrant,
  about: Common,
  { folder, suite }: BenchmarkOptions,
  problem: Problem,
  images: number,
  draw: () => Promise<{ drawn: ProblemSamples; by: Pick<Judge, "labels" | "reference"> }>,
): Promise<Cell> {
  const path = partPath(folder, "json", about.dataset, problem.name, name);
  if (existsSync(path)) {
    const cell = await readJson(path, checkedCell);
    if (cell.images !== images || cell.samples !== suite.samples || cell.seed !== suite.seed)
      throw new InputError(
        `${path} is of another benchmark (${cell.images} images, ${cell.samples} samples, seed ${cell.seed}): name another folder`,
      );
    return cell;
  }
  const { drawn, by } = await draw();
  const cell = await judge(drawn, { ...about, ...by, method: name, settings });
  await writeFileAtomically(
    partPath(folder, "png", about.dataset, problem.name, name),
    await samplesStrip(drawn.samples),
  );
  await writeFileAtomically(path, `${JSON.stringify(cell, null, 2)}\n`);
  return cell;
}

/** The reference chain's samples, from their file or drawn and kept. */
async function referenceSamples(
  { sampler }: Entrant,
  { dataset }: Common,
  { folder }: BenchmarkOptions,
  task: SampleTask,
): Promise<ProblemSamples> {
  const { truth, observed } = task;
  const path = partPath(folder, "safetensors", dataset, observed.problem.name, "reference");
  if (!existsSync(path)) {
    const drawn = await drawSamples(sampler, task);
    const milliseconds = hostArray([drawn.msPerSample], [1]);
    const tensors = new Map<string, HostArray>([
      ["samples", drawn.samples],
      ["milliseconds", milliseconds],
    ]);
    await writeFileAtomically(path, encodeSafetensors(tensors));
    return drawn;
  }
  const tensors = decodeSafetensors(await readFile(path), path);
  const [samples, milliseconds] = [tensors.get("samples"), tensors.get("milliseconds")];
  if (samples?.shape[1] !== task.samples || samples.shape[0] !== truth.shape[0] || milliseconds === undefined)
    throw new InputError(`${path} is of another benchmark: name another folder`);
  return {
    problem: observed.problem,
    truth,
    degraded: observed,
    samples,
    evaluations: sampler.evaluations,
    msPerSample: milliseconds.data[0],
  };
}
