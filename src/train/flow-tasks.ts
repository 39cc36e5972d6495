import { type HostArray, mean, type NDArray, type RandomSource } from "../array/index.js";
import {
  adaptivelyWeighted,
  drawTimes,
  flowMatchingLoss,
  meanFlowLoss,
  type Times,
  type LabelledMeanVelocity,
} from "../flow/index.js";
import { type StageOf } from "./config.js";
import { drawLabels, flowConditions } from "./labels.js";
import { type StageTask } from "./run.js";
import { type Networks, type TracedBatch } from "./step.js";
import { type TaskContext } from "./task-context.js";

/** Flow matching trains the flow map at r = t. */
export function flowMatchingTask(stage: StageOf<"flow-matching">, context: TaskContext): StageTask {
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

/** MeanFlow trains the flow map over jumps from t to r, with a share of flow matching. */
export function meanFlowTask(stage: StageOf<"mean-flow">, context: TaskContext): StageTask {
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

/** The moving average whose half jumps the jumps learn, if they do. */
export function composedFlowMap(
  { jumpTarget }: Pick<StageOf<"mean-flow">, "jumpTarget">,
  context: TaskContext,
  averages: Networks,
): LabelledMeanVelocity | undefined {
  return jumpTarget === "composition" ? context.meanVelocity(averages.flowMap) : undefined;
}
