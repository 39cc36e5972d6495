import { type HostArray, mean, type NDArray, type RandomSource } from "../array/index.js";
import { adaptivelyWeighted, drawTimes, flowMatchingLoss, meanFlowLoss, type Times } from "../flow/index.js";
import { type StageOf } from "./config.js";
import { type StageTask } from "./run.js";
import { type TracedBatch } from "./step.js";
import { type TaskContext } from "./task-context.js";

/** Flow matching trains the flow map at r = t. */
export function flowMatchingTask(stage: StageOf<"flow-matching">, context: TaskContext): StageTask {
  const { batchSize, timeLaw, reduction } = stage;
  const noJumps = { jumps: 0, wholeJumps: 0, jumpLaw: { kind: "uniform" } } as const;
  return {
    learningRates: { flowMap: stage.learningRate },
    draw: (step) => {
      const random = context.random(step);
      const x = context.samples(step);
      const { t } = drawTimes({ size: batchSize, blocks: 1, timeLaw, ...noJumps }, random);
      return { x, z: random.normalArray(x.shape), t };
    },
    loss: ({ flowMap }, _averages, batch) => {
      const { x, z, t } = batch as TracedBatch & Record<"x" | "z" | "t", NDArray>;
      return [mean(flowMatchingLoss(context.meanVelocity(flowMap), x, z, t, reduction)), {}];
    },
  };
}

/** MeanFlow trains the flow map over jumps from t to r, with a share of flow matching. */
export function meanFlowTask(stage: StageOf<"mean-flow">, context: TaskContext): StageTask {
  const { reduction, tangent, adaptiveWeight } = stage;
  const { jumps } = jumpCounts(stage, 1);
  return {
    learningRates: { flowMap: stage.learningRate },
    draw: (step) => {
      const random = context.random(step);
      const x: HostArray = context.samples(step);
      return { x, z: random.normalArray(x.shape), ...drawJumpTimes(stage, 1, random) };
    },
    loss: ({ flowMap }, _averages, batch) => {
      const { x, z, r, t } = batch as TracedBatch & Record<"x" | "z" | "r" | "t", NDArray>;
      const losses = meanFlowLoss(context.meanVelocity(flowMap), x, z, r, t, { jumps, reduction, tangent });
      return [adaptivelyWeighted(losses, adaptiveWeight), { meanFlow: mean(losses) }];
    },
  };
}

type JumpSettings = Pick<StageOf<"mean-flow">, "batchSize" | "jumpShare" | "wholeJumpShare" | "timeLaw" | "jumpLaw">;

/** How many samples of each of the batch's equal blocks jump (r != t), and how many of these the whole way. */
export function jumpCounts({ batchSize, jumpShare, wholeJumpShare }: JumpSettings, blocks: number) {
  const size = batchSize / blocks;
  const jumps = Math.round(jumpShare * size);
  return { size, jumps, wholeJumps: Math.round(wholeJumpShare * jumps) };
}

/** Draws the times r <= t of a batch of equal blocks. */
export function drawJumpTimes(
  settings: JumpSettings,
  blocks: number,
  random: RandomSource,
): Times & Record<"r" | "t", HostArray> {
  const { timeLaw, jumpLaw } = settings;
  return { ...drawTimes({ ...jumpCounts(settings, blocks), blocks, timeLaw, jumpLaw }, random) };
}
