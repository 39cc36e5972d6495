import { add, concatenate, mean, mul, type NDArray, reshape, type Tree } from "../array/index.js";
import {
  adaptivelyWeighted,
  type CutBatch,
  cutBlocks,
  drawTimes,
  flowMatchingLoss,
  meanFlowLoss,
  type MeanVelocity,
  sampleFlowMap,
} from "../flow/index.js";
import { energyScore, pixelScore } from "../vfm/index.js";
import { type StageOf } from "./config.js";
import { drawJumpTimes, jumpCounts } from "./flow-tasks.js";
import { drawObservations, observeBatch } from "./problems.js";
import { type StageTask } from "./run.js";
import { type TracedBatch } from "./step.js";
import { type TaskContext } from "./task-context.js";

/** Flow matching of a velocity that sees the observation, u(x_t, t, t | A^T y, c): the batch is cut into a block a problem. */
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
      const u = given(context, conditional, aty, problem);
      return [mean(flowMatchingLoss(u, x, z, t, reduction)), {}];
    },
  };
}

/** MeanFlow of a flow map that sees the observation, u(x_t, r, t | A^T y, c), with a share of flow matching in every block. */
export function conditionalMeanFlowTask(stage: StageOf<"conditional-mean-flow">, context: TaskContext): StageTask {
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
      // Each part of the batch goes with its own observations, which the loss could not cut.
      const part = (name: keyof CutBatch, cut: (array: NDArray) => CutBatch): NDArray => {
        const [xs, zs, rs, ts, atys, classes] = [x, z, r, t, aty, problem].map((array) => cut(array)[name]);
        const u = given(context, conditional, atys, classes);
        if (name === "back") return flowMatchingLoss(u, xs, zs, ts, reduction);
        const composed = jumpTarget === "composition" ? given(context, averages.conditional, atys, classes) : undefined;
        return meanFlowLoss(u, xs, zs, rs, ts, { jumps: xs.shape[0], reduction, tangent, composed });
      };
      const cut = (array: NDArray): CutBatch => cutBlocks(array, blocks, jumps / accumulate);
      const names = [...(jumps > 0 ? (["front"] as const) : []), ...(jumps < size ? (["back"] as const) : [])];
      const losses = concatenate(names.map((name) => part(name, cut)));
      return [adaptivelyWeighted(losses, adaptiveWeight), { meanFlow: mean(losses) }];
    },
  };
}

/**
 * The score alone trains a one-step generator x = z - u(z, 0, 1 | A^T y, c): the fair CRPS of its draws against the truth,
 * by pixel and by whole image. No flow is learnt: other times than (0, 1) mean nothing.
 */
export function conditionalScoreTask(stage: StageOf<"conditional-score">, context: TaskContext): StageTask {
  const { batchSize, draws, pixelWeight, energyWeight } = stage;
  const { problems } = context;
  const names = Array.from({ length: draws }, (_, i) => `z${i}`);
  return {
    learningRates: { conditional: stage.learningRate },
    blocks: { count: problems.length, jumps: 0 },
    draw: async (step) => {
      const random = context.random(step);
      const { x } = await context.samples(step);
      const drawn = drawObservations(problems, batchSize / problems.length, x.shape.slice(1), random);
      const noise = names.map((name) => [name, random.normalArray(x.shape)] as const);
      return { x, drawn, ...Object.fromEntries(noise) };
    },
    loss: ({ conditional }, _averages, batch) => {
      const x = batch.x as NDArray;
      const { aty, problem } = observeBatch(problems, x, batch.drawn as TracedBatch);
      // All draws go through the network in one call.
      const repeated = (array: NDArray): NDArray => concatenate(names.map(() => array));
      const z = concatenate(names.map((name) => batch[name] as NDArray));
      const samples = sampleFlowMap(given(context, conditional, repeated(aty), repeated(problem)), z, 1);
      const perDraw = reshape(samples, [draws, ...x.shape]);
      const [pixels, whole] = [pixelScore(perDraw, x), energyScore(perDraw, x)];
      const losses = add(mul(pixels, pixelWeight), mul(whole, energyWeight));
      return [mean(losses), { pixelScore: mean(pixels), energyScore: mean(whole) }];
    },
  };
}

/** The conditional flow map of a batch's observations. */
function given(context: TaskContext, parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): MeanVelocity {
  const u = context.conditionalFlowMap(parameters);
  return (x, r, t) => u(x, r, t, aty, problem);
}
