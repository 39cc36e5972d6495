import { type CheckpointAbout } from "../checkpoint/index.js";
import { type BoundNetworks, type NetworkParameters } from "../models/index.js";
import { type LogLine } from "./log.js";
import { type Parameters, type RunPosition, type RunState } from "./run-state.js";

/** What a run saves of where it stands. */
export interface SavedRun {
  state: RunState;
  position: RunPosition;
  /** The moving averages: what a checkpoint holds. */
  networks: NetworkParameters;
  about: CheckpointAbout;
}

/** What a run has to be the same as to go on to the same numbers. */
export interface RunIdentity {
  /** The configuration, or what can be told of the run's objects. */
  record: Readonly<Record<string, unknown>>;
  /** The engine that computes it. */
  engine: { readonly backend: string; readonly device: string };
}

/** Where a run keeps its state, its log and what its stages leave. */
export interface RunStore {
  /**
   * Where the run that is kept stands; undefined if there is none. Until `close`, no other run can use the store.
   *
   * @throws InputError if another run is kept or uses it, this one is kept and `resume` is false, or none is and it is true
   */
  open(run: RunIdentity, resume: boolean): Promise<RunPosition | undefined>;
  /** Gives the store back: another run may use it. */
  close(): Promise<void>;
  /** Keeps what the run is. */
  begin(run: RunIdentity): Promise<void>;
  /** The state at `position`, of the form of `like`. */
  readState(position: RunPosition, like: RunState): Promise<RunState>;
  save(saved: SavedRun): Promise<void>;
  /** The networks as a stage, counted from 0, left them. */
  afterStage(stage: number, kind: string, networks: BoundNetworks): Promise<NetworkParameters>;
  appendLog(line: LogLine): Promise<void>;
  /** Removes the log's lines after a position: the steps that a resumed run does again. */
  trimLog(stage: number, step: number): Promise<void>;
  /** Arrays that a stage kept, of this form. */
  kept(stage: number, name: string, form: Parameters): Promise<Parameters>;
  keep(stage: number, name: string, arrays: Parameters): Promise<void>;
  /** The files of a run that has some. */
  readonly files?: { readonly checkpoint: string; readonly log: string } | undefined;
}

/** A store in memory: of a run that writes no files and is not resumed. */
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
    kept: async (_stage, _name, form) => form,
    keep: async () => undefined,
  };
}
