import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { guidedMethods } from "../../src/baselines/index.js";
import { InputError } from "../../src/errors.js";
import { type Difference, differencesOf } from "../../src/evaluate/index.js";
import { problemNames } from "../../src/operators/index.js";
import { type Cell, type CellPart, readPart } from "./cell.js";
import { networksAlone, referenceName, withSteps, withUpdate } from "./entrants.js";
import { type Prior, readPrior } from "./kept-prior.js";
import { readSeconds } from "./kept-seconds.js";
import { partPath, partsFolder } from "./part-path.js";
import { comparedSize, sizeOfMethod, type SampleSize, type Suite, type SuiteDataset } from "./suite.js";
import { guidedName } from "./unseen-entrants.js";

/** The results of a benchmark. */
export interface BenchmarkResult {
  cells: Cell[];
  /** The differences of every two methods on a problem, on the images on which both were run. */
  differences: Difference[];
  /** One for each data set. */
  prior: Prior[];
  /** Cells of problems on which no network was trained. */
  unseen: Cell[];
  /** Folders that the suite names and that do not exist. */
  missing: string[];
}

/**
 * The results of a benchmark as far as its cells are in the folder. Nothing is run, and neither models nor images are
 * needed.
 *
 * @param problems only these problems. Default: all
 * @throws InputError if the folder has no cell of the suite, or a cell of another size or seed
 */
export async function keptResult(suite: Suite, folder: string, problems?: readonly string[]): Promise<BenchmarkResult> {
  const files = existsSync(partsFolder(folder)) ? await readdir(partsFolder(folder)) : [];
  const unseen = new Set(suite.unseen?.problems.map(({ name }) => name));
  const parts: CellPart[] = [];
  const prior: Prior[] = [];
  for (const dataset of suite.datasets) {
    const keptPrior = await readPrior(folder, dataset.name);
    if (keptPrior !== undefined) prior.push(keptPrior.prior);
    for (const problem of problemsIn(files, dataset.name, unseen).filter((name) => problems?.includes(name) ?? true))
      parts.push(...(await partsOf(suite, dataset, problem, unseen.has(problem), folder)));
  }
  if (parts.length === 0) throw new InputError(`${folder} has no cells of the suite: run it without --gather first`);
  const [seen, others] = [false, true].map((isUnseen) =>
    parts.filter(({ cell }) => unseen.has(cell.problem) === isUnseen),
  );
  return {
    cells: seen.map(({ cell }) => cell),
    differences: differencesOf(seen, suite.seed),
    prior,
    unseen: others.map(({ cell }) => cell),
    missing: foldersOf(suite).filter((place) => !existsSync(place)),
  };
}

/** The problems of a data set that have cells: the six problems in their order, others, then those of no training. */
function problemsIn(files: readonly string[], dataset: string, unseen: ReadonlySet<string>): string[] {
  const names = files.flatMap((file) => {
    const [of, problem, method, kind] = file.split(".");
    return of === dataset && kind === "json" && method !== undefined ? [problem] : [];
  });
  const order: readonly string[] = problemNames;
  const rank = (name: string): number =>
    unseen.has(name) ? order.length + 1 : order.includes(name) ? order.indexOf(name) : order.length;
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b));
}

/** The cells of a problem, in the order in which the suite runs its methods. */
async function partsOf(
  suite: Suite,
  dataset: SuiteDataset,
  problem: string,
  isUnseen: boolean,
  folder: string,
): Promise<CellPart[]> {
  const seconds = await readSeconds(partPath(folder, "json", dataset.name, problem, "seconds"));
  const found: CellPart[] = [];
  const { unseen, images } = suite;
  const unseenSize = unseen && { images: Math.min(unseen.images, images), samples: unseen.samples };
  const shared = isUnseen ? undefined : comparedSize(suite);
  for (const method of methodsOf(suite, dataset)) {
    const path = partPath(folder, "json", dataset.name, problem, method);
    if (!existsSync(path)) continue;
    const size = isUnseen ? (unseenSize ?? suite) : sizeOf(suite, method);
    const part = await readPart(path, { ...size, shared }, suite.seed);
    const { secondsPerSample } = part.cell;
    found.push({ ...part, cell: { ...part.cell, secondsPerSample: seconds[method] ?? secondsPerSample } });
  }
  return found;
}

function sizeOf(suite: Suite, method: string): SampleSize {
  const { reference, images, samples } = suite;
  if (method !== referenceName || reference === undefined) return sizeOfMethod(suite, method);
  return { images: Math.min(reference.images, images), samples };
}

/** The names of all methods that a suite may run on a data set. */
function methodsOf({ flowMapSteps, unseen }: Suite, { variational, conditional }: SuiteDataset): string[] {
  return [
    referenceName,
    ...Object.keys(variational).flatMap((name) => [
      ...flowMapSteps.map((steps) => withSteps(name, steps)),
      networksAlone(name),
    ]),
    ...Object.keys(conditional).flatMap((name) => [name, withUpdate(name)]),
    ...guidedMethods.map(({ name }) => name),
    ...(unseen?.guided === undefined ? [] : [guidedName(unseen.guided)]),
  ];
}

function foldersOf({ datasets }: Suite): string[] {
  return datasets.flatMap(({ variational, prior, conditional, classifier }) => [
    ...Object.values(variational),
    ...(prior === undefined ? [] : [prior]),
    ...Object.values(conditional),
    classifier,
  ]);
}
