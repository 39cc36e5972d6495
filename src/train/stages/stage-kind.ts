import { type z } from "zod";
import { type StageTask } from "../run-stage.js";
import { type TaskContext } from "../task-context.js";

/** What a stage is checked against: what its run's networks and problems are. A configuration's entries have this form too. */
export interface StageSurroundings {
  readonly flowMap?: { readonly classes?: unknown } | undefined;
  readonly adapter?: { readonly basis?: unknown } | undefined;
  readonly conditional?: object | undefined;
  readonly autoencoder?: object | undefined;
  readonly problems: readonly unknown[];
  readonly teacher?: unknown;
}

/** One kind of stage: its configuration, what is wrong with one, and what it trains. */
export interface StageKind<Stage> {
  schema: z.ZodType<Stage>;
  /** The network that the stage cannot do without. */
  network: "flowMap" | "adapter" | "conditional";
  /** Whether the stage observes its batch, a block of it a problem. */
  observes: boolean;
  /** What is wrong with a stage, after the name of its entry; undefined if nothing is. */
  check?(stage: Stage, surroundings: StageSurroundings): string | undefined;
  /** The loss and the random draws of a stage. */
  task(stage: Stage, context: TaskContext): StageTask;
}
