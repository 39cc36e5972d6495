import { z } from "zod";
import { mean, type NDArray } from "../../array/index.js";
import { adaptivelyWeighted, meanFlowLoss } from "../../flow/index.js";
import { drawLabels, flowConditions } from "./labels.js";
import { type TaskContext } from "./task-context.js";
import { type TracedBatch } from "../step.js";
import { flowReductionEntry, learningRateEntry, meanFlowEntries, stageEntries } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { composedFlowMap, drawJumpTimes, jumpCounts } from "./jumps.js";
import { type StageKind, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("mean-flow"),
  ...stageEntries,
  ...meanFlowEntries,
  ...flowReductionEntry,
  learningRate: learningRateEntry,
});

/** A stage of kind "mean-flow". */
export type MeanFlowStage = z.output<typeof schema>;

/**
 * Settings of `meanFlow`.
 *
 * @interface
 */
export type MeanFlowStageSettings = StageSettings<typeof schema>;

/**
 * MeanFlow of the flow map over jumps from t to r, with a share of flow matching. Entries that are left out have their
 * defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const stages = [flowMatching({ steps: 2000 }), meanFlow({ steps: 1000 })];
 */
export function meanFlow(settings: MeanFlowStageSettings): MeanFlowStage {
  return filledStage(schema, "mean-flow", settings);
}

/** MeanFlow trains the flow map over jumps from t to r, with a share of flow matching. */
export const meanFlowKind = { schema, network: "flowMap", observes: false, task } satisfies StageKind<MeanFlowStage>;

function task(stage: MeanFlowStage, context: TaskContext): StageTask {
  const { reduction, tangent, adaptiveWeight } = stage;
  const { jumps } = jumpCounts(stage, 1);
  const options = { jumps: jumps / stage.accumulate, reduction, tangent };
  return {
    learningRates: { flowMap: stage.learningRate },
    blocks: { count: 1, jumps },
    draw: async (step) => {
      const random = context.random(step);
      const { x } = await context.samples(step);
      const z = random.normalArray(x.shape);
      return { x, z, ...drawJumpTimes(stage, 1, random), ...drawLabels(stage, context, step, random) };
    },
    loss: (networks, averages, batch) => {
      const { x, z, r, t } = batch as TracedBatch & Record<"x" | "z" | "r" | "t", NDArray>;
      const conditions = flowConditions(stage, context, networks, averages, batch);
      const u = context.meanVelocity(networks.flowMap);
      const composed = composedFlowMap(stage, context, averages);
      const losses = meanFlowLoss(u, x, z, r, t, { ...options, ...conditions, composed });
      return [adaptivelyWeighted(losses, adaptiveWeight), { meanFlow: mean(losses) }];
    },
  };
}
