import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomically } from "../../src/storage/index.js";
import { lossesSchema } from "./losses.js";
import { planesSchema } from "./planes.js";
import {
  type Baseline,
  baselineSchema,
  type CellResult,
  cellResultSchema,
  type CheckerboardResult,
  resultSchema,
} from "./result.js";

/** The data for the figures of one run, besides its scores. */
export const figureDataSchema = z.strictObject({ planes: planesSchema, losses: lossesSchema });

/** The data for the figures of one run, besides its scores. */
export type FigureData = z.output<typeof figureDataSchema>;

/** The stored results of a run. */
export interface KeptRun {
  result: CheckerboardResult;
  figures: FigureData;
}

/** The stored results of a sweep. */
export interface KeptSweep {
  baseline: Baseline;
  cells: CellResult[];
}

const sweepFolder = "sweep";
const figuresSuffix = "-figures.json";
const baselineFile = "baseline.json";

/** The folder in which an experiment stores the cells of a sweep. */
export function sweepPath(folder: string, ...names: string[]): string {
  return join(folder, sweepFolder, ...names);
}

/** Writes a run's scores to `<preset>.json` and the data for its figures to `<preset>-figures.json`. */
export async function keepRun(folder: string, { result, figures }: KeptRun): Promise<void> {
  await writeJson(join(folder, `${result.preset}${figuresSuffix}`), figures, 0);
  await writeJson(join(folder, `${result.preset}.json`), result, 2);
}

/** Reads the runs stored in a folder. Throws InputError naming the file and the entry that is wrong. */
export async function readRuns(folder: string): Promise<KeptRun[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith(figuresSuffix));
  return Promise.all(
    names.map(async (name) => ({
      result: await readJson(join(folder, name.replace(figuresSuffix, ".json")), resultSchema),
      figures: await readJson(join(folder, name), figureDataSchema),
    })),
  );
}

/** Writes the result of a sweep's cell. */
export async function keepCell(folder: string, cell: CellResult): Promise<void> {
  await writeJson(sweepPath(folder, `${cell.name}.json`), cell, 2);
}

/** Writes a sweep's baselines. */
export async function keepBaseline(folder: string, baseline: Baseline): Promise<void> {
  await writeJson(sweepPath(folder, baselineFile), baseline, 2);
}

/** Reads the sweep stored in a folder; undefined if there is none. Throws InputError naming what is wrong. */
export async function readSweep(folder: string): Promise<KeptSweep | undefined> {
  const names = (await namesIn(sweepPath(folder))).filter((name) => name.endsWith(".json"));
  if (!names.includes(baselineFile)) return undefined;
  const cells = names.filter((name) => name !== baselineFile);
  return {
    baseline: await readJson(sweepPath(folder, baselineFile), baselineSchema),
    cells: await Promise.all(cells.map((name) => readJson(sweepPath(folder, name), cellResultSchema))),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function writeJson(path: string, value: unknown, indent: number): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify(value, undefined, indent)}\n`);
}
