import { mean, type NDArray } from "../array/index.js";
import { drawTimes, flowMatchingLoss } from "../flow/index.js";
import { type StageOf } from "./config.js";
import { drawObservations, observeBatch } from "./problems.js";
import { type StageTask } from "./run.js";
import { type TracedBatch } from "./step.js";
import { type TaskContext } from "./task-context.js";

/** Flow matching of a velocity that sees the observation, u(x_t, t | A^T y, c): the batch is cut into a block a problem. */
export function conditionalFlowMatchingTask(
  stage: StageOf<"conditional-flow-matching">,
  context: TaskContext,
): StageTask {
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
      const velocity = context.conditionalVelocity(conditional);
      return [mean(flowMatchingLoss((point, _r, time) => velocity(point, time, aty, problem), x, z, t, reduction)), {}];
    },
  };
}
