import { z } from "zod";
import { mean, type NDArray } from "../../array/index.js";
import { drawTimes, flowMatchingLoss } from "../../flow/index.js";
import { drawObservations, observeBatch } from "./batch-observations.js";
import { type TaskContext } from "./task-context.js";
import { type TracedBatch } from "../step.js";
import { flowReductionEntry, learningRateEntry, stageEntries, timeLawSchema } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { conditionedOn } from "./conditioned-on.js";
import { type StageKind, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("conditional-flow-matching"),
  ...stageEntries,
  timeLaw: timeLawSchema.default({ kind: "uniform" }),
  ...flowReductionEntry,
  learningRate: learningRateEntry,
});

/** A stage of kind "conditional-flow-matching". */
export type ConditionalFlowMatchingStage = z.output<typeof schema>;

/**
 * Settings of `conditionalFlowMatching`.
 *
 * @interface
 */
export type ConditionalFlowMatchingStageSettings = StageSettings<typeof schema>;

/**
 * Flow matching of the conditional flow map. Entries that are left out have their defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const conditional = conditionalUnet({ shape: [1, 28, 28], problems: 1 });
 * const problems = [imageProblem("denoise", { sigma: 0.5 })];
 * const stages = [conditionalFlowMatching({ steps: 2000 })];
 * await train({ data: fromArrays(images), conditional, problems, stages, seed: 0 });
 */
export function conditionalFlowMatching(settings: ConditionalFlowMatchingStageSettings): ConditionalFlowMatchingStage {
  return filledStage(schema, "conditional-flow-matching", settings);
}

/**
 * Flow matching of a velocity conditioned on the observation, u(x_t, t, t | A^T y, c); the batch has one block for each
 * problem.
 */
export const conditionalFlowMatchingKind = {
  schema,
  network: "conditional",
  observes: true,
  task,
} satisfies StageKind<ConditionalFlowMatchingStage>;

function task(stage: ConditionalFlowMatchingStage, context: TaskContext): StageTask {
  const { batchSize, timeLaw, reduction } = stage;
  const { problems } = context;
  const noJumps = { jumps: 0, wholeJumps: 0, jumpLaw: { kind: "uniform" } } as const;
  return {
    learningRates: { conditional: stage.learningRate },
    blocks: { count: problems.length, jumps: 0 },
    draw: async (step) => {
      const random = context.random(step);
      const { x } = await context.samples(step);
      const { t } = drawTimes({ size: batchSize, blocks: 1, timeLaw, ...noJumps }, random);
      const drawn = drawObservations(problems, batchSize / problems.length, x.shape.slice(1), random);
      return { x, z: random.normalArray(x.shape), t, drawn };
    },
    loss: ({ conditional }, _averages, batch) => {
      const { x, z, t } = batch as TracedBatch & Record<"x" | "z" | "t", NDArray>;
      const { aty, problem } = observeBatch(problems, x, batch.drawn as TracedBatch);
      const u = conditionedOn(context, conditional, aty, problem);
      return [mean(flowMatchingLoss(u, x, z, t, reduction)), {}];
    },
  };
}
