import { type z } from "zod";
import { type StageTask } from "../run-stage.js";
import { type TaskContext } from "../task-context.js";

/** The networks and problems of the run in which a stage is checked. A configuration's entries have this form too. */
export interface StageSurroundings {
  readonly flowMap?: { readonly shape?: unknown; readonly classes?: unknown } | undefined;
  readonly adapter?: { readonly basis?: unknown } | undefined;
  readonly conditional?: object | undefined;
  readonly autoencoder?: object | undefined;
  readonly problems: readonly unknown[];
  readonly teacher?: unknown;
}

/** What is wrong with a batch in which every problem has an equal share; undefined if nothing is wrong. */
export function sharingProblem(batchSize: number, problems: number): string | undefined {
  return batchSize % problems === 0
    ? undefined
    : `batchSize: ${batchSize} cannot be shared equally by ${problems} problems`;
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
