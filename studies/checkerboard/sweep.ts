import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../src/errors.js";
import { readJson, sameJson } from "../../src/storage/index.js";
import { parseTrainConfig, type TrainConfig } from "../../src/train/configuration/index.js";
import { drawCases } from "./cases.js";
import { evaluateExact } from "./evaluation.js";
import { keepBaseline, keepCell, type KeptSweep, readSweep, sweepPath } from "./kept.js";
import { phasesOf, trainBase, trainPhase, withJointSettings } from "./phases.js";
import { baselineSchema, cellResultSchema, plainSettingSchema, settingSchema } from "./result.js";
import { type CheckerboardRun, evaluatePhase } from "./run.js";

const gridSchema = z.record(z.string(), z.array(plainSettingSchema).min(1));

/** A sweep: a grid over entries of the joint stages, or single variants. */
export const sweepSchema = z.strictObject({
  /** The configuration that the cells vary: a preset's name or a file. */
  preset: z.string(),
  /** Steps of the joint stages. */
  iterations: z.int().positive(),
  /** Entries that replace the preset's own in every joint stage, and in the adapter's own stage if it has them. */
  settings: z.record(z.string(), settingSchema).default({}),
  /** Entries of the joint stages with the values of each; every combination is a cell. */
  grid: gridSchema.optional(),
  /** Single cells: entries of the joint stages, and of the adapter. */
  cells: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]+$/),
        settings: z.record(z.string(), settingSchema).default({}),
        adapter: z.record(z.string(), settingSchema).default({}),
      }),
    )
    .optional(),
});

/** A sweep. */
export type Sweep = z.output<typeof sweepSchema>;

/** One cell of a sweep. */
export type Cell = NonNullable<Sweep["cells"]>[number];

/** The cells of a sweep: those of the grid, then the single ones. A cell of the grid is named after its values. */
export function cellsOf({ grid, cells = [] }: Pick<Sweep, "grid" | "cells">): Cell[] {
  return [...(grid === undefined ? [] : combinations(grid)), ...cells];
}

type PlainSettings = Readonly<Record<string, z.output<typeof plainSettingSchema>>>;

function combinations(grid: z.output<typeof gridSchema>): Cell[] {
  const settings = Object.entries(grid).reduce<PlainSettings[]>(
    (before, [name, values]) => before.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
  return settings.map((cell) => ({ name: cellName(cell), settings: cell, adapter: {} }));
}

/** "tau-0.1_alpha-0.5_detachNoise-true" */
function cellName(settings: PlainSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}-${String(value)}`)
    .join("_");
}

/**
 * Runs the cells of a sweep, all from one flow map. Every cell writes a file of results, and cells with such a file are
 * skipped, so that a sweep can be resumed and extended.
 *
 * @param settings entries for the joint stages of every cell, and for the adapter alone if it has them
 * @throws InputError if a cell's setting does not exist, or the folder cannot be used
 * @throws InterruptedPhase if the signal ended it; it can be resumed with `resume`, and gives the same numbers
 */
export async function runSweep(
  preset: TrainConfig,
  { settings: common = {}, cells }: { settings?: Sweep["settings"]; cells: readonly Cell[] },
  options: CheckerboardRun,
): Promise<KeptSweep> {
  const { folder, size, iterations, backend, signal, onProgress } = options;
  const { seed } = preset;
  const config = parseTrainConfig({ ...preset, stages: withJointSettings(preset.stages, common) }, "the sweep");
  const phases = phasesOf(config, folder, iterations);
  const variants = cells.map((cell) => ({ cell, config: phases.joint(cell) }));
  const base = await trainBase(phases, options);
  const cases = drawCases(phases.sigma, size, seed);
  const about = {
    preset: options.preset,
    seed,
    iterations: phases.iterations,
    pairs: size.pairs,
    samples: size.samples,
  };

  const baselinePath = sweepPath(folder, "baseline.json");
  if (existsSync(baselinePath)) {
    const kept = await readJson(baselinePath, baselineSchema);
    requireSame(kept, about, baselinePath);
    if (kept.settings !== undefined) requireSameSettings(kept.settings, common, baselinePath);
  } else {
    const frozen = await trainPhase(join("cells", "frozen"), phases.frozen, options);
    signal?.throwIfAborted();
    const { scores } = await evaluatePhase(frozen, cases, size, seed, backend);
    const seconds = base.seconds + frozen.seconds;
    const exact = evaluateExact(cases, size, seed);
    await keepBaseline(folder, { ...about, seconds, settings: common, frozen: scores, exact });
  }
  for (const [index, { cell, config: variant }] of variants.entries()) {
    const path = sweepPath(folder, `${cell.name}.json`);
    const settings = { ...common, ...cell.settings, ...cell.adapter };
    if (existsSync(path)) {
      const kept = await readJson(path, cellResultSchema);
      requireSame(kept, about, path);
      requireSameSettings(kept.settings, settings, path);
      continue;
    }
    const trained = await trainPhase(join("cells", cell.name), variant, {
      ...options,
      onProgress: (done, label) => onProgress?.((index + done) / cells.length, label),
    });
    signal?.throwIfAborted();
    const { scores } = await evaluatePhase(trained, cases, size, seed, backend);
    await keepCell(folder, { ...about, name: cell.name, settings, seconds: trained.seconds, joint: scores });
  }
  const kept = await readSweep(folder);
  if (kept === undefined) throw new InputError(`${folder} holds no sweep: was it removed while the sweep ran?`);
  return kept;
}

function requireSameSettings(found: Sweep["settings"], wanted: Sweep["settings"], path: string): void {
  if (!sameJson(found, wanted))
    throw new InputError(
      `${path}: its settings are ${JSON.stringify(found)}, this sweep's ${JSON.stringify(wanted)}: name another folder`,
    );
}

function requireSame<About extends object>(found: About, about: About, path: string): void {
  for (const key of Object.keys(about) as (keyof About & string)[])
    if (found[key] !== about[key])
      throw new InputError(
        `${path}: its ${key} is ${String(found[key])}, this sweep's ${String(about[key])}: name another folder`,
      );
}
