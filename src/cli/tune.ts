import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { tune, type Tuned, type TunedEntry, withEntry } from "../../studies/images/index.js";
import { InputError } from "../errors.js";
import { lock, writeFileAtomically } from "../storage/index.js";
import { type CommandDefinition } from "./command.js";
import { requireWritable } from "./outputs.js";
import { chosenSuite, readTuned, type SuiteOptions, suiteOptions, tunedPath } from "./suite.js";
import { textTable } from "./text-table.js";

const [mostTries, pauseMs] = [200, 25];

/** Options of `vfm tune`. */
export interface TuneCommandOptions extends SuiteOptions {
  method?: string[];
  resume: boolean;
}

/** `vfm tune`: searches the guided samplers' settings on the validation split. */
export const tuneCommand: CommandDefinition<TuneCommandOptions> = {
  name: "tune",
  description: "search the settings of every guided sampler on the validation split, and keep them for `vfm benchmark`",
  options: (command) =>
    suiteOptions(command)
      .option("--method <names...>", "only these methods")
      .option("--resume", "continue the search in the file", false),
  example: "vfm tune --resume",
  computes: true,
  seedDefault: "the suite's",
  run: async (options, { givenSeed, signal, progress }) => {
    const path = tunedPath(options);
    await requireWritable(path, "file");
    const before = await readTuned(path);
    if (before !== undefined && !options.resume)
      throw new InputError(`${path} holds an earlier search: continue it with --resume, or name another file`);
    const tuned = await tune({
      suite: await chosenSuite(options, givenSeed),
      before,
      problems: options.problem,
      methods: options.method,
      save: (found, entry) => store(path, found, entry),
      onProgress: (done, label) => progress.update(done, label),
      signal,
    });
    const rows = tuned.entries.map(({ dataset, problem, method, chosen, crps, trials }) => [
      `${dataset}, ${problem}, ${method}`,
      (trials[0].crps ?? Number.NaN).toFixed(4),
      crps.toFixed(4),
      Object.entries(chosen)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ]);
    return {
      json: { file: path, ...tuned },
      text: [textTable(["", "CRPS, initial", "CRPS, chosen", "settings"], rows), "", `Kept in ${path}`].join("\n"),
    };
  },
};

/** Stores an entry of a search, beside those that other processes have stored in the file since this one read it. */
async function store(path: string, found: Tuned, entry: TunedEntry): Promise<Tuned> {
  const release = await lockWhenFree(path);
  try {
    const stored = await readTuned(path);
    const all = stored === undefined ? found : { ...found, entries: withEntry(stored, entry).entries };
    await writeFileAtomically(path, `${JSON.stringify(all, null, 2)}\n`);
    return all;
  } finally {
    await release();
  }
}

/** Locks a file, after the moment for which another process may have locked it. */
async function lockWhenFree(path: string): Promise<() => Promise<void>> {
  for (let tries = 0; ; tries++)
    try {
      return await lock(dirname(path), `${basename(path)}.lock`);
    } catch (error) {
      if (tries === mostTries) throw error;
      await setTimeout(pauseMs);
    }
}
