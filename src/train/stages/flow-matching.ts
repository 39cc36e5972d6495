import { z } from "zod";
import { mean, type NDArray } from "../../array/index.js";
import { drawTimes, flowMatchingLoss } from "../../flow/index.js";
import { drawLabels, flowConditions } from "./labels.js";
import { type TaskContext } from "./task-context.js";
import { type TracedBatch } from "../step.js";
import { flowMatchingEntries, flowReductionEntry, learningRateEntry, stageEntries } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { type StageKind, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("flow-matching"),
  ...stageEntries,
  ...flowMatchingEntries,
  ...flowReductionEntry,
  learningRate: learningRateEntry,
});

/** A stage of kind "flow-matching". */
export type FlowMatchingStage = z.output<typeof schema>;

/**
 * Settings of `flowMatching`.
 *
 * @interface
 */
export type FlowMatchingStageSettings = StageSettings<typeof schema>;

/**
 * Flow matching of the flow map, at r = t. Entries that are left out have their defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const stages = [flowMatching({ steps: 2000, batchSize: 64, learningRate: 1e-3 })];
 * const { model } = await train({ data: fromArrays(images), flowMap: unet({ shape: [1, 28, 28] }), stages, seed: 0 });
 */
export function flowMatching(settings: FlowMatchingStageSettings): FlowMatchingStage {
  return filledStage(schema, "flow-matching", settings);
}

/** Flow matching trains the flow map at r = t. */
export const flowMatchingKind = {
  schema,
  network: "flowMap",
  observes: false,
  task,
} satisfies StageKind<FlowMatchingStage>;

function task(stage: FlowMatchingStage, context: TaskContext): StageTask {
  const { batchSize, timeLaw, reduction } = stage;
  const noJumps = { jumps: 0, wholeJumps: 0, jumpLaw: { kind: "uniform" } } as const;
  return {
    learningRates: { flowMap: stage.learningRate },
    blocks: { count: 1, jumps: 0 },
    draw: async (step) => {
      const random = context.random(step);
      const { x } = await context.samples(step);
      const { t } = drawTimes({ size: batchSize, blocks: 1, timeLaw, ...noJumps }, random);
      return { x, z: random.normalArray(x.shape), t, ...drawLabels(stage, context, step, random) };
    },
    loss: (networks, averages, batch) => {
      const { x, z, t } = batch as TracedBatch & Record<"x" | "z" | "t", NDArray>;
      const conditions = flowConditions(stage, context, networks, averages, batch);
      return [mean(flowMatchingLoss(context.meanVelocity(networks.flowMap), x, z, t, reduction, conditions)), {}];
    },
  };
}
