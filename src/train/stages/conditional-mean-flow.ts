import { z } from "zod";
import { concatenate, mean, type NDArray } from "../../array/index.js";
import { adaptivelyWeighted, type CutBatch, cutBlocks, flowMatchingLoss, meanFlowLoss } from "../../flow/index.js";
import { drawObservations, observeBatch } from "./batch-observations.js";
import { type TaskContext } from "./task-context.js";
import { type TracedBatch } from "../step.js";
import { flowReductionEntry, jumpEntries, learningRateEntry, stageEntries } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { conditionedOn } from "./conditioned-on.js";
import { drawJumpTimes, jumpCounts } from "./jumps.js";
import { type StageKind, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("conditional-mean-flow"),
  ...stageEntries,
  ...jumpEntries,
  ...flowReductionEntry,
  learningRate: learningRateEntry,
});

/** A stage of kind "conditional-mean-flow". */
export type ConditionalMeanFlowStage = z.output<typeof schema>;

/**
 * Settings of `conditionalMeanFlow`.
 *
 * @interface
 */
export type ConditionalMeanFlowStageSettings = StageSettings<typeof schema>;

/**
 * MeanFlow of the conditional flow map, with a share of flow matching. Entries that are left out have their defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const conditional = conditionalUnet({ shape: [1, 28, 28], problems: 1 });
 * const problems = [imageProblem("denoise", { sigma: 0.5 })];
 * const stages = [conditionalMeanFlow({ steps: 2000 })];
 * await train({ data: fromArrays(images), conditional, problems, stages, seed: 0 });
 */
export function conditionalMeanFlow(settings: ConditionalMeanFlowStageSettings): ConditionalMeanFlowStage {
  return filledStage(schema, "conditional-mean-flow", settings);
}

/**
 * MeanFlow of a flow map conditioned on the observation, u(x_t, r, t | A^T y, c), with a share of flow matching in
 * every block.
 */
export const conditionalMeanFlowKind = {
  schema,
  network: "conditional",
  observes: true,
  task,
} satisfies StageKind<ConditionalMeanFlowStage>;

function task(stage: ConditionalMeanFlowStage, context: TaskContext): StageTask {
  const { batchSize, reduction, tangent, adaptiveWeight, jumpTarget, accumulate } = stage;
  const { problems } = context;
  const blocks = problems.length;
  const { size, jumps } = jumpCounts(stage, blocks);
  return {
    learningRates: { conditional: stage.learningRate },
    blocks: { count: blocks, jumps },
    draw: async (step) => {
      const random = context.random(step);
      const { x } = await context.samples(step);
      const drawn = drawObservations(problems, batchSize / blocks, x.shape.slice(1), random);
      return { x, z: random.normalArray(x.shape), ...drawJumpTimes(stage, blocks, random), drawn };
    },
    loss: ({ conditional }, averages, batch) => {
      const { x, z, r, t } = batch as TracedBatch & Record<"x" | "z" | "r" | "t", NDArray>;
      const { aty, problem } = observeBatch(problems, x, batch.drawn as TracedBatch);
      // Each part of the batch has its own observations, which the loss could not cut.
      const part = (name: keyof CutBatch, cut: (array: NDArray) => CutBatch): NDArray => {
        const [xs, zs, rs, ts, atys, classes] = [x, z, r, t, aty, problem].map((array) => cut(array)[name]);
        const u = conditionedOn(context, conditional, atys, classes);
        if (name === "back") return flowMatchingLoss(u, xs, zs, ts, reduction);
        const composed =
          jumpTarget === "composition" ? conditionedOn(context, averages.conditional, atys, classes) : undefined;
        return meanFlowLoss(u, xs, zs, rs, ts, { jumps: xs.shape[0], reduction, tangent, composed });
      };
      const cut = (array: NDArray): CutBatch =>
        jumps === 0 || jumps === size ? { front: array, back: array } : cutBlocks(array, blocks, jumps / accumulate);
      const names = [...(jumps > 0 ? (["front"] as const) : []), ...(jumps < size ? (["back"] as const) : [])];
      const losses = concatenate(names.map((name) => part(name, cut)));
      return [adaptivelyWeighted(losses, adaptiveWeight), { meanFlow: mean(losses) }];
    },
  };
}
