import { type z } from "zod";
import { type CompileOptions } from "../../compile/index.js";
import { type BatchBlocks } from "../accumulate.js";
import { type Parameters, type RunState } from "../run-state.js";
import { type HostBatch, type Loss } from "../step.js";
import { type TaskContext } from "./task-context.js";

/** The networks and problems of the run in which a stage is checked. A configuration's entries have this form too. */
export interface StageSurroundings {
  readonly flowMap?:
    | {
        readonly shape?: unknown;
        readonly classes?: unknown;
        readonly model?: unknown;
        readonly config?: { readonly model?: unknown };
      }
    | undefined;
  readonly adapter?: { readonly basis?: unknown } | undefined;
  readonly conditional?: object | undefined;
  readonly autoencoder?: object | undefined;
  readonly problems: readonly unknown[];
  readonly teacher?: unknown;
  readonly updates?: unknown;
}

/** What is wrong with a batch in which every problem has an equal share; undefined if nothing is wrong. */
export function sharingProblem(batchSize: number, problems: number): string | undefined {
  return batchSize % problems === 0
    ? undefined
    : `batchSize: ${batchSize} cannot be shared equally by ${problems} problems: give a multiple of ${problems}`;
}

/** One kind of stage: its configuration, its checks, and its task. */
export interface StageKind<Stage> {
  schema: z.ZodType<Stage>;
  /** The network that the stage requires. */
  network: "flowMap" | "adapter" | "conditional";
  /** Whether the stage observes its batch, in one block for each problem. */
  observes: boolean;
  /** What is wrong with a stage, after the name of its entry; undefined if nothing is wrong. */
  check?(stage: Stage, surroundings: StageSurroundings): string | undefined;
  /** The loss and the random draws of a stage. */
  task(stage: Stage, context: TaskContext): StageTask;
}

/** What a stage trains and how: everything that the loop needs besides the optimiser. */
export interface StageTask {
  /** The peak learning rate of each trained network; a network that is not named is frozen. */
  learningRates: Readonly<Record<string, number>>;
  loss: Loss;
  /**
   * Computes what the stage needs from its initial networks, or reads it if it was computed before.
   *
   * @returns whether it is complete: false if the run was told to stop meanwhile
   */
  prepare?(networks: RunState, store: StageStore): Promise<boolean>;
  /**
   * Draws the batch of step number `step`: random arrays that depend on the run's seed, the stage and `step` alone, and
   * scalars of the loss that depend on `done` in [0, 1], the share of the stage that is done.
   */
  draw(step: number, done: number): Promise<HostBatch>;
  /**
   * The layout of a batch: equal consecutive blocks, with `jumps` samples at the front of each that have to be kept
   * apart.
   */
  blocks: BatchBlocks;
  /** Networks that the loss uses and that are not part of the run's state, e.g. a teacher. */
  others?: Readonly<Record<string, Parameters>> | undefined;
}

/** Stores the arrays that a stage prepares, so that a resumed stage uses the same. */
export interface StageStore {
  /** Reads the arrays stored under a name, of this form; undefined if there are none and no step was done with them. */
  readArrays(name: string, form: Parameters): Promise<Parameters | undefined>;
  /** Whether the run is to stop; the same on every rank. */
  stopped(): Promise<boolean>;
  writeArrays(name: string, arrays: Parameters): Promise<void>;
  engine: CompileOptions;
}
