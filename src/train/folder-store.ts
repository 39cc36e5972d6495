import { z } from "zod";
import { networksIn, writeCheckpoint } from "../checkpoint/index.js";
import { InputError } from "../errors.js";
import { parseWith } from "../schema.js";
import {
  exists,
  joinPath,
  list,
  lock,
  readJson,
  readText,
  readTree,
  remove,
  sameJson,
  type StoragePrecision,
  writeFileAtomically,
  writeTree,
} from "../storage/index.js";
import { appendLog, isLog, trimLog } from "./log.js";
import { type RunIdentity, type RunStore } from "./run-store.js";
import { type RunPosition } from "./run-state.js";
import { readPosition, readState, saveState } from "./state-files.js";

/**
 * The folder, inside a run's folder, of the checkpoint after a stage, counted from 0.
 *
 * @example
 * const { model } = await loadCheckpoint(stageCheckpoint("runs/mine", 0, "flow-matching"));
 */
export function stageCheckpoint(folder: string, stage: number, kind: string): string {
  return joinPath(folder, "stages", `${stage}-${kind}`);
}

const recordSchema = z.looseObject({
  stages: z.array(z.looseObject({ steps: z.int(), minutes: z.number().optional() })),
});
type KeptRecord = z.output<typeof recordSchema>;

/** The entries of a folder that a new run overwrites. */
const overwritten = /^(config\.json|log\.jsonl|state|checkpoint|stages|stage-\d+-.*\.safetensors)$/;
/** What is left of an entry that a run was writing when it was killed. */
const unfinished = /^(config\.json|log\.jsonl|checkpoint|stage-\d+-.*\.safetensors|\d+-.*)\.tmp-[\da-f-]+(-replaced)?$/;

/** Whether a folder contains the state of a run, so that the run can be resumed. */
export async function holdsRun(folder: string): Promise<boolean> {
  return (await readPosition(joinPath(folder, "state"))) !== undefined;
}

/** A run's folder: config.json, log.jsonl, state/, checkpoint/ and stages/. */
export function folderStore(folder: string, precision: StoragePrecision): RunStore {
  const inRun = (name: string): string => joinPath(folder, name);
  const [config, log, states, checkpoint] = ["config.json", "log.jsonl", "state", "checkpoint"].map(inRun);
  let release: (() => Promise<void>) | undefined;
  let engine: RunIdentity["engine"] | undefined;
  let firstStage = 0;
  const keptFile = (stage: number, name: string): string => inRun(`stage-${stage}-${name}.safetensors`);
  return {
    files: { checkpoint, log },
    open: async (run, resume) => {
      release = await lock(folder);
      const saved = await readPosition(states);
      // A run that was killed before its first state starts again.
      if (saved === undefined && resume && !(await isRecord(config)))
        throw new InputError(`${folder} holds no run to resume: leave --resume out to start one, or name its folder`);
      if (saved === undefined) {
        await requireNothingElse(folder, config, log);
        await removeUnfinished(folder);
        return undefined;
      }
      if (!resume) throw new InputError(`${states} holds a run: resume it, or name another folder`);
      firstStage = saved.position.stage + 1;
      requireEngine(states, saved.engine, run.engine);
      const before = await readJson(config, recordSchema);
      const now = parseWith(recordSchema, JSON.parse(JSON.stringify(run.record)), config);
      const changed = changedEntry(before, now, saved.position);
      if (changed !== undefined)
        throw new InputError(`${config}: ${changed} differs from the run to resume: give what it was started with`);
      await removeUnfinished(folder);
      return resumedPosition(saved.position, now);
    },
    close: async () => release?.(),
    begin: async (run) => {
      ({ engine } = run);
      // Without a log, a run that is killed now would look like a configuration that a new run must not overwrite.
      if (!(await exists(log))) await writeFileAtomically(log, "");
      await writeFileAtomically(config, `${JSON.stringify(run.record, null, 2)}\n`);
      for (const name of await list(folder)) {
        const [, stage] = /^stage-(\d+)-.*\.safetensors$/.exec(name) ?? [];
        if (stage !== undefined && Number(stage) >= firstStage) await remove(inRun(name));
      }
    },
    readState: (position, like) => readState(states, position, like),
    save: async ({ state, position, networks, about, startsLater }) => {
      await writeCheckpoint(checkpoint, networks, about, precision);
      if (position.complete) {
        const { kind } = about.stages[position.stage];
        // Rounded parameters would make the later stage another one than without a folder.
        const stored = startsLater ? "float32" : precision;
        await writeCheckpoint(stageCheckpoint(folder, position.stage, kind), networks, about, stored);
      }
      await saveState(states, state, position, engine);
    },
    afterStage: (stage, kind, networks) => networksIn(stageCheckpoint(folder, stage, kind), networks),
    appendLog: (line) => appendLog(log, line),
    trimLog: (stage, step) => trimLog(log, stage, step),
    readArrays: async (stage, name, form, required) => {
      const path = keptFile(stage, name);
      if (await exists(path)) return readTree(path, form);
      if (!required) return undefined;
      throw new InputError(`${path} is missing: without it the stage cannot continue, start the run again`);
    },
    writeArrays: (stage, name, arrays) => writeTree(keptFile(stage, name), arrays),
  };
}

/** Throws InputError if a new run would overwrite what is not of a run that was killed before its first state. */
async function requireNothingElse(folder: string, config: string, log: string): Promise<void> {
  const held = (await list(folder)).filter((name) => overwritten.test(name));
  const emptyLog = held.includes("log.jsonl") && (await readText(log)) === "";
  const found = held.find((name) => name !== "log.jsonl" || !emptyLog);
  if (found === undefined || ((await isRecord(config)) && (await isLog(log)))) return;
  throw new InputError(`${folder} holds ${found}, which the run would overwrite: name an empty or a new folder`);
}

async function isRecord(path: string): Promise<boolean> {
  if (!(await exists(path))) return false;
  try {
    await readJson(path, recordSchema);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Removes what a killed process was writing in the run's folder; that of states is removed when one is saved. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const place of [folder, joinPath(folder, "stages")])
    for (const name of await list(place)) if (unfinished.test(name)) await remove(joinPath(place, name));
}

// Another engine rounds differently, and the numbers would be those of neither engine.
function requireEngine(states: string, before: RunIdentity["engine"] | undefined, now: RunIdentity["engine"]): void {
  if (before === undefined || sameJson(before, now)) return;
  const named = ({ backend, device }: RunIdentity["engine"]): string => `${backend} on ${device}`;
  throw new InputError(
    `${states}: the run was computed by ${named(before)}, not by ${named(now)}: resume it with the same`,
  );
}

/** The first entry that differs, if any; stages that are not complete may have more steps than before. */
function changedEntry(before: KeptRecord, now: KeptRecord, { stage }: RunPosition): string | undefined {
  const stages = before.stages.map((entry, index) => {
    const steps = now.stages[index]?.steps ?? 0;
    return index >= stage && steps > entry.steps ? { ...entry, steps } : entry;
  });
  const allowed: KeptRecord = { ...before, stages };
  return Object.keys({ ...allowed, ...now }).find((key) => !sameJson(now[key], allowed[key]));
}

/** A stage that ended because of its number of steps continues if it now has more. */
function resumedPosition(position: RunPosition, { stages }: KeptRecord): RunPosition {
  const { steps, minutes = Infinity } = stages[position.stage];
  const continues = steps > position.step && position.seconds < 60 * minutes;
  return continues ? { ...position, complete: false } : position;
}
