import { type z } from "zod";
import { type ModelSpec } from "../model-spec.js";
import { type StageTask } from "../run.js";
import { type TaskContext } from "../task-context.js";

/** What a stage is checked against: the networks and problems of its run. */
export type StageSurroundings = ModelSpec & { teacher?: string | undefined };

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
