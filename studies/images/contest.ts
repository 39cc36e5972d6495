import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { firstRows, type HostArray } from "../../src/array/index.js";
import { type SamplerEngine, samplerEngine } from "../../src/baselines/index.js";
import { type Dataset, gatherImages } from "../../src/data/index.js";
import { InputError } from "../../src/errors.js";
import { cutSamples, drawSamples, type ProblemSamples, type SampleTask } from "../../src/evaluate/index.js";
import { firstObservations, observe, type Problem } from "../../src/operators/index.js";
import { writeFileAtomically } from "../../src/storage/index.js";
import { type CellPart, judge, type Judge, readPart } from "./cell.js";
import { type Entrant } from "./entrants.js";
import { partPath } from "./part-path.js";
import { referenceSamples } from "./reference-chain.js";
import { forgetSeconds, keptSeconds } from "./kept-seconds.js";
import { samplesStrip, truthStrip } from "./strip.js";
import { type SampleSize, type Suite } from "./suite.js";

/** The part of the inputs that all problems of a data set share. */
export type Common = Pick<Judge, "dataset" | "seed" | "classifier" | "features">;

/** The methods for one problem, and the size of each. */
export interface Contest {
  problem: Problem;
  /** The indices of the images in the data set. */
  images: Int32Array;
  entrants(engine: SamplerEngine): Entrant[];
  /** The chain that is the reference of the MMD, and the size of its draw. */
  reference?: { entrant(engine: SamplerEngine): Entrant; size: SampleSize } | undefined;
  sizeOf(method: string): SampleSize;
  /** Number of samples of an observation in the timed batches. */
  timedSamples: number;
  /** The size that all methods have in common, if they have several sizes. */
  shared?: SampleSize | undefined;
}

/** Options of `runContest`. */
export interface ContestOptions {
  timing: Suite["timing"];
  folder: string;
  timeAgain?: boolean | undefined;
  threads?: number | undefined;
  onProgress?(done: number, label: string): void;
  signal?: AbortSignal | undefined;
}

/**
 * Runs every method of a contest whose cell is not in the folder, all on the same observations.
 *
 * @throws InputError if the folder contains cells of other sizes, seeds, settings or checkpoints
 */
export async function runContest(
  contest: Contest,
  heldOut: Dataset,
  about: Common,
  options: ContestOptions,
): Promise<void> {
  const { problem, images, shared } = contest;
  const { folder, timing, threads, onProgress, signal } = options;
  const { dataset, seed } = about;
  const truth = gatherImages(heldOut, images);
  const observation = await observe(problem, truth, { seed });
  await writeFileAtomically(
    partPath(folder, "png", dataset, problem.name, "truth"),
    await truthStrip(truth, observation.transposed),
  );
  const engine = samplerEngine(threads === undefined ? {} : { threads });
  const { labels } = heldOut;
  const labelsOf = (count: number): Int32Array | undefined =>
    labels && Int32Array.from(images.subarray(0, count), (index) => labels[index]);
  const taskOf = ({ images: count, samples }: SampleSize): SampleTask => ({
    truth: firstRows(truth, count),
    observation: firstObservations(observation, count),
    samples,
    seed,
    warmUp: 0,
  });
  const kept = (entrant: Entrant, size: SampleSize, draw: () => Promise<Drawn>): Promise<CellPart> =>
    cellOf(entrant, { ...size, shared }, { ...about, labels: labelsOf(size.images) }, folder, problem, draw);
  try {
    const chain = contest.reference && referenceOf(contest.reference, engine, taskOf, options, about);
    if (chain !== undefined) {
      onProgress?.(0, chain.entrant.name);
      const own = async (): Promise<Drawn> => ({
        drawn: (await chain.halves()).own,
        reference: await chain.other(),
        shared,
      });
      await kept(chain.entrant, chain.size, own);
    }
    const methods = contest.entrants(engine);
    for (const [index, entrant] of methods.entries()) {
      signal?.throwIfAborted();
      onProgress?.((index + 1) / (methods.length + 1), entrant.name);
      const size = contest.sizeOf(entrant.name);
      const draw = async (): Promise<Drawn> => ({
        drawn: await drawSamples(entrant.sampler, taskOf(size)),
        reference: await chain?.other(),
        shared,
      });
      await kept(entrant, size, draw);
    }
    onProgress?.(1, "seconds a sample");
    const timed = partPath(folder, "json", dataset, problem.name, "seconds");
    if (options.timeAgain) await rm(timed, { force: true });
    const samples = contest.timedSamples;
    const some = firstObservations(observation, Math.ceil(timing.samples / samples));
    // The chain takes too long to be drawn several times, so its seconds are those of its own samples.
    await keptSeconds(timed, methods, { observation: some, samples, seed, timing, signal });
  } finally {
    await engine.dispose();
  }
}

/** The reference chain. It is drawn at most once, and only if a cell is missing. */
function referenceOf(
  { entrant: entrantOf, size }: NonNullable<Contest["reference"]>,
  engine: SamplerEngine,
  taskOf: (size: SampleSize) => SampleTask,
  { folder }: ContestOptions,
  { dataset }: Common,
) {
  const entrant = entrantOf(engine);
  let drawn: Promise<{ own: ProblemSamples; other: HostArray }> | undefined;
  // One half is the reference, and the other is scored against it like any method: this is the least MMD that can be
  // reached.
  const halves = () =>
    (drawn ??= (async () => {
      const task = { ...taskOf({ ...size, samples: 2 * size.samples }), warmUp: engine.batchSize };
      const path = partPath(folder, "safetensors", dataset, task.observation.problem.name, "reference");
      const all = await referenceSamples(entrant, path, task);
      const [own, other] = cutSamples(all.samples, size.samples);
      return { own: { ...all, samples: own }, other };
    })());
  return { entrant, size, halves, other: async () => (await halves()).other };
}

/** Drawn samples, and the other inputs of their evaluation. */
type Drawn = { drawn: ProblemSamples } & Pick<Judge, "reference" | "shared">;

/** Reads a cell from its file, or evaluates and writes it. */
async function cellOf(
  { name, settings, checkpoint }: Entrant,
  size: SampleSize & Pick<Judge, "shared">,
  by: Omit<Judge, "method" | "settings" | "checkpoint" | "reference" | "shared">,
  folder: string,
  problem: Problem,
  draw: () => Promise<Drawn>,
): Promise<CellPart> {
  const path = partPath(folder, "json", by.dataset, problem.name, name);
  if (existsSync(path)) {
    const part = await readPart(path, size, by.seed);
    if (!isDeepStrictEqual(part.cell.settings, { ...settings }))
      throw new InputError(`${path} has other settings of ${name}: remove it to draw it again`);
    if (part.checkpoint !== checkpoint)
      throw new InputError(`${path} was drawn from another checkpoint: remove it to draw it again`);
    return part;
  }
  const { drawn, ...judgedBy } = await draw();
  const part = await judge(drawn, { ...by, ...judgedBy, method: name, settings, checkpoint });
  await writeFileAtomically(partPath(folder, "png", by.dataset, problem.name, name), await samplesStrip(drawn.samples));
  await forgetSeconds(partPath(folder, "json", by.dataset, problem.name, "seconds"), name);
  await writeFileAtomically(path, `${JSON.stringify(part)}\n`);
  return part;
}
