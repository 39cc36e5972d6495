import { z } from "zod";
import { randomSource } from "../../src/array/index.js";
import { type GuidedMethod, guidedMethods, samplerEngine, type Settings } from "../../src/baselines/index.js";
import { gatherImages } from "../../src/data/index.js";
import { InputError } from "../../src/errors.js";
import { isSearched, searchSettings, type Trial } from "../../src/evaluate/index.js";
import { observe, type Problem } from "../../src/operators/index.js";
import { guidedPrior, loadSuiteModels, wantedProblems } from "./entrants.js";
import { judgedName, type Suite } from "./suite.js";

const settingsSchema = z.record(z.string(), z.number());

const tunedSchema = z.strictObject({
  /** The objective, which is minimised on the validation split. */
  objective: z.literal("fair CRPS"),
  seed: z.int(),
  /** Number of settings tried for each method and problem, before the best ones were tried with more steps. */
  trials: z.int(),
  images: z.int(),
  samples: z.int(),
  entries: z.array(
    z.strictObject({
      dataset: z.string(),
      problem: z.string(),
      method: z.string(),
      /** The hash of the flow map that is the prior. */
      checkpoint: z.string(),
      chosen: settingsSchema,
      crps: z.number(),
      /** Every setting that was tried; CRPS is null if the sampler diverged. */
      trials: z.array(z.strictObject({ settings: settingsSchema, crps: z.number().nullable(), seconds: z.number() })),
    }),
  ),
});

/** The chosen settings of every guided method, and the log of the search. */
export type Tuned = z.output<typeof tunedSchema>;
/** The search of one method on one problem. */
export type TunedEntry = Tuned["entries"][number];

/** Validates a search log that was read from a file. */
export const checkedTuned = tunedSchema as z.ZodType<Tuned>;

/**
 * The settings that were chosen for a method; undefined if it was not tuned.
 *
 * @param checkpoint the hash of the flow map that is the prior
 * @throws InputError if the method was tuned with another prior
 */
export function chosenSettings(
  tuned: Tuned | undefined,
  dataset: string,
  problem: string,
  checkpoint: string,
): (method: string) => Settings | undefined {
  return (method) => {
    const entry = tuned?.entries.find(
      (known) => known.dataset === dataset && known.problem === problem && known.method === method,
    );
    if (entry !== undefined && isStale(entry, checkpoint))
      throw new InputError(
        `${method} was tuned for ${dataset}, ${problem} on another prior: tune it again with vfm tune --resume`,
      );
    return entry?.chosen;
  };
}

function isStale(entry: Pick<TunedEntry, "checkpoint">, checkpoint: string): boolean {
  return entry.checkpoint !== checkpoint;
}

/** Searches with an entry, in the place of an earlier one of the same method on the same problem. */
export function withEntry(tuned: Tuned, entry: TunedEntry): Tuned {
  const { dataset, problem, method } = entry;
  const others = tuned.entries.filter(
    (other) => other.dataset !== dataset || other.problem !== problem || other.method !== method,
  );
  return { ...tuned, entries: [...others, entry] };
}

/** Options of `tune`. */
export interface TuneOptions {
  suite: Suite;
  /** An earlier search, with at most as many trials; its trials are kept, and the search continues. */
  before?: Tuned | undefined;
  /** Only these problems and methods. Default: all. */
  problems?: readonly string[] | undefined;
  methods?: readonly string[] | undefined;
  /** Threads of the engine. Default: all cores. */
  threads?: number | undefined;
  /** Called after every entry, to store it. It returns what is stored: others may be storing entries too. */
  save(tuned: Tuned, entry: TunedEntry): Promise<Tuned>;
  onProgress?(done: number, label: string): void;
  signal?: AbortSignal | undefined;
}

/**
 * Searches the settings of every guided sampler, on every problem, on the validation split: the initial ones first,
 * then random ones, with the same number for every method, then the best ones with more steps, on the same images,
 * observations and seeds. Results with another prior are searched for again.
 *
 * @throws InputError if `before` was a search with another budget or seed, no model has a named problem, no
 *   guided sampler a named method, or no data set its model
 */
export async function tune(options: TuneOptions): Promise<Tuned> {
  const { suite, before, threads, save, onProgress, signal } = options;
  const { trials, images, samples } = suite.tuning;
  const budget = { objective: "fair CRPS", seed: suite.seed, images, samples } as const;
  const refuse = (key: string, value: string | number, wanted: string | number): never => {
    throw new InputError(`the earlier search has ${key} ${value}, not ${wanted}: name another file`);
  };
  if (before !== undefined) {
    for (const key of ["seed", "images", "samples"] as const)
      if (before[key] !== budget[key]) refuse(key, before[key], budget[key]);
    if (before.trials > trials) refuse("trials", before.trials, trials);
  }
  let tuned: Tuned = { ...budget, trials, entries: before?.entries ?? [] };
  const names: readonly string[] = guidedMethods.map(({ name }) => name);
  const unknown = options.methods?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InputError(`there is no guided sampler "${unknown}": use ${names.join(", ")}`);
  const methods = guidedMethods.filter(({ name }) => options.methods?.includes(name) ?? true);
  const missing: string[] = [];
  for (const dataset of suite.datasets) {
    const models = await loadSuiteModels(dataset);
    if (models === undefined) {
      missing.push(dataset.variational[judgedName]);
      continue;
    }
    const heldOut = await models.images("validation");
    const problems = wantedProblems(models.problems, options.problems);
    const { model, checkpoint } = guidedPrior(models);
    const chosen = randomSource(suite.seed, "tuning images").permutation(heldOut.count).subarray(0, images);
    const truth = gatherImages(heldOut, chosen);
    const searchOn = async (method: GuidedMethod, problem: Problem, known: readonly Trial[]) => {
      const observation = await observe(problem, truth, { seed: suite.seed });
      const engine = samplerEngine(threads === undefined ? {} : { threads });
      const task = { truth, observation, samples, seed: suite.seed, trials, engine };
      return searchSettings(method, model, task, known).finally(() => engine.dispose());
    };
    for (const [p, problem] of problems.entries())
      for (const [m, method] of methods.entries()) {
        signal?.throwIfAborted();
        const isThis = (entry: TunedEntry): boolean =>
          entry.dataset === dataset.name && entry.problem === problem.name && entry.method === method.name;
        const begun = tuned.entries.find(isThis);
        const known = begun === undefined || isStale(begun, checkpoint) ? [] : begun.trials;
        if (isSearched(method, { problem, seed: suite.seed, trials }, known)) continue;
        onProgress?.(
          (p * methods.length + m) / (problems.length * methods.length),
          `${dataset.name}, ${problem.name}, ${method.name}`,
        );
        const found = await searchOn(method, problem, known);
        const entry = { dataset: dataset.name, problem: problem.name, method: method.name, checkpoint, ...found };
        tuned = await save(withEntry(tuned, entry), entry);
      }
  }
  if (missing.length === suite.datasets.length)
    throw new InputError(`no data set of the suite has its model: ${missing.join(", ")}`);
  return tuned;
}
