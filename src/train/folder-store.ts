import { z } from "zod";
import { networksIn, writeCheckpoint } from "../checkpoint/index.js";
import { InputError } from "../errors.js";
import {
  exists,
  joinPath,
  readJson,
  readTree,
  sameJson,
  type StoragePrecision,
  writeFileAtomically,
  writeTree,
} from "../storage/index.js";
import { appendLog, trimLog } from "./log.js";
import { type RunStore } from "./run-store.js";
import { readPosition, readState, saveState } from "./state-files.js";

/**
 * The folder of the checkpoint that a stage, counted from 0, leaves in its run's folder.
 *
 *
 * @example
 * const { model } = await loadCheckpoint(stageCheckpoint("runs/mine", 0, "flow-matching"));
 */
export function stageCheckpoint(folder: string, stage: number, kind: string): string {
  return joinPath(folder, "stages", `${stage}-${kind}`);
}

/** A run's folder: config.json, log.jsonl, state/, checkpoint/ and stages/. */
export function folderStore(folder: string, precision: StoragePrecision): RunStore {
  const inRun = (name: string): string => joinPath(folder, name);
  const [config, log, states, checkpoint] = ["config.json", "log.jsonl", "state", "checkpoint"].map(inRun);
  const keptFile = (stage: number, name: string): string => inRun(`stage-${stage}-${name}.safetensors`);
  return {
    files: { checkpoint, log },
    open: async (record, resume) => {
      const position = await readPosition(states);
      if (position === undefined) return undefined;
      if (!resume) throw new InputError(`${states} holds a run: resume it, or name another folder`);
      const before = await readJson(config, z.record(z.string(), z.unknown()));
      const now = JSON.parse(JSON.stringify(record)) as typeof before;
      const changed = Object.keys({ ...before, ...now }).find((key) => !sameJson(now[key], before[key]));
      if (changed !== undefined)
        throw new InputError(`${config}: ${changed} is not what the run to resume was started with`);
      return position;
    },
    begin: (record) => writeFileAtomically(config, `${JSON.stringify(record, null, 2)}\n`),
    readState: (position, like) => readState(states, position, like),
    save: async ({ state, position, networks, about }) => {
      await writeCheckpoint(checkpoint, networks, about, precision);
      if (position.complete) {
        const { kind } = about.stages[position.stage];
        await writeCheckpoint(stageCheckpoint(folder, position.stage, kind), networks, about, precision);
      }
      await saveState(states, state, position);
    },
    afterStage: (stage, kind, networks) => networksIn(stageCheckpoint(folder, stage, kind), networks),
    appendLog: (line) => appendLog(log, line),
    trimLog: (stage, step) => trimLog(log, stage, step),
    kept: async (stage, name, form) => {
      const path = keptFile(stage, name);
      if (!(await exists(path)))
        throw new InputError(`${path} is missing: without it the stage cannot go on, start the run again`);
      return readTree(path, form);
    },
    keep: (stage, name, arrays) => writeTree(keptFile(stage, name), arrays),
  };
}
