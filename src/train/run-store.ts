import { type CheckpointAbout } from "../checkpoint/index.js";
import { type BoundNetworks, type NetworkParameters } from "../models/index.js";
import { type LogLine } from "./log.js";
import { type Parameters, type RunPosition, type RunState } from "./run-state.js";

/** The state of a run that is saved. */
export interface SavedRun {
  state: RunState;
  position: RunPosition;
  /** The moving averages, which a checkpoint contains. */
  networks: NetworkParameters;
  about: CheckpointAbout;
  /** Whether a later stage starts from the result of this one. */
  startsLater: boolean;
}

/** What must not change for a resumed run to give the same numbers. */
export interface RunIdentity {
  /** The configuration, or the plain data of the run's objects. */
  record: Readonly<Record<string, unknown>>;
  /** The engine that computes it. */
  engine: { readonly backend: string; readonly device: string };
}

/** Stores a run's state, its log and the results of its stages. */
export interface RunStore {
  /**
   * Opens the store and returns the position of the stored run, or undefined if there is none. No other run can use the
   * store until `close`.
   *
   * @throws InputError if the stored run is a different one, another run uses the store, this run is stored and
   *   `resume` is false, no run is stored and `resume` is true, or a new run would overwrite what is not of a run
   */
  open(run: RunIdentity, resume: boolean): Promise<RunPosition | undefined>;
  /** Releases the store for other runs. */
  close(): Promise<void>;
  /** Stores the run's identity, and removes what an earlier run stored of stages that are to come. */
  begin(run: RunIdentity): Promise<void>;
  /** Reads the state at `position`, in the form of `like`. */
  readState(position: RunPosition, like: RunState): Promise<RunState>;
  save(saved: SavedRun): Promise<void>;
  /** Reads the networks after a stage, counted from 0. */
  afterStage(stage: number, kind: string, networks: BoundNetworks): Promise<NetworkParameters>;
  appendLog(line: LogLine): Promise<void>;
  /** Removes the log's lines after a position, whose steps a resumed run repeats. */
  trimLog(stage: number, step: number): Promise<void>;
  /**
   * Reads arrays that a stage stored, of this form; undefined if there are none.
   *
   * @throws InputError if there are none although they are required
   */
  readArrays(stage: number, name: string, form: Parameters, required: boolean): Promise<Parameters | undefined>;
  writeArrays(stage: number, name: string, arrays: Parameters): Promise<void>;
  /** The files of the run, if it writes any. */
  readonly files?: { readonly checkpoint: string; readonly log: string } | undefined;
}

/** A store in memory, for a run that writes no files and is not resumed. */
export function memoryStore(): RunStore {
  const left = new Map<number, NetworkParameters>();
  return {
    open: async () => undefined,
    close: async () => undefined,
    begin: async () => undefined,
    readState: async (_position, like) => like,
    save: async ({ position, networks }) => {
      if (position.complete) left.set(position.stage, networks);
    },
    afterStage: async (stage) => left.get(stage) ?? {},
    appendLog: async () => undefined,
    trimLog: async () => undefined,
    readArrays: async () => undefined,
    writeArrays: async () => undefined,
  };
}
