import { hostArray, type HostArray, type NDArray, type RandomSource, stopGradient, type Tree } from "../array/index.js";
import { adapterObjective, annealedTau, type JointBatch, jointObjective } from "../vfm/index.js";
import { type StageOf } from "./config.js";
import { drawJumpTimes, jumpCounts } from "./flow-tasks.js";
import { drawLabels, flowConditions, withAllLabels } from "./labels.js";
import { drawObservations, observeBatch } from "./problems.js";
import { type StageTask } from "./run.js";
import { type HostBatch, type Networks, type TracedBatch } from "./step.js";
import { type TaskContext } from "./task-context.js";
import { mapTrees } from "./trees.js";

/** Trains the adapter alone, for a frozen flow map. */
export function adapterTask(stage: StageOf<"adapter">, context: TaskContext): StageTask {
  return {
    learningRates: { adapter: stage.learningRate },
    blocks: { count: context.problems.length, jumps: 0 },
    draw: async (step) => {
      const random = context.random(step);
      const drawn = await drawObserved(context, step, random);
      return { ...drawn, ...drawLabels({ labelDropout: 0 }, context, step, random) };
    },
    loss: ({ flowMap, adapter }, _averages, batch) => {
      const { x, eps, drawn } = observed(batch);
      const observations = observeBatch(context.problems, x, drawn);
      const networks = {
        observationMeanVelocity: withAllLabels(context.meanVelocity(flowMap), batch),
        adapter: context.noiseAdapter(adapter),
      };
      return adapterObjective(networks, { eps, ...observations }, observations.negativeLogLikelihood, {
        ...stage,
        blocks: context.problems.length,
      });
    },
  };
}

/** Trains flow map and adapter together. */
export function jointTask(stage: StageOf<"joint">, context: TaskContext): StageTask {
  const blocks = context.problems.length;
  const { jumps } = jumpCounts(stage, blocks);
  const settings = { ...stage, blocks, jumps: jumps / stage.accumulate };
  return {
    learningRates: stage.learningRate,
    blocks: { count: blocks, jumps },
    draw: async (step, done) => {
      const random = context.random(step);
      const drawnBatch = await drawObserved(context, step, random);
      return {
        ...drawnBatch,
        freshNoise: random.normalArray(drawnBatch.x.shape),
        keep: random.uniformArray([stage.batchSize]),
        ...drawJumpTimes(stage, blocks, random),
        tau: hostArray([annealedTau(stage.tau, done, 1)], []),
        ...drawLabels(stage, context, step, random),
      };
    },
    loss: (networks, averages, batch) => {
      const { x, eps, drawn } = observed(batch);
      const { freshNoise, keep, r, t, tau } = batch as TracedBatch & Record<keyof JointBatch, NDArray>;
      const { labels, targetVelocity } = flowConditions(stage, context, networks, averages, batch);
      const observationParameters = observationFlowMap(stage, networks, averages);
      const { negativeLogLikelihood, ...observations } = observeBatch(context.problems, x, drawn);
      return jointObjective(
        {
          meanVelocity: context.meanVelocity(networks.flowMap),
          observationMeanVelocity: withAllLabels(context.meanVelocity(observationParameters), batch),
          adapter: context.noiseAdapter(networks.adapter),
        },
        { x, eps, freshNoise, keep, r, t, tau, labels, ...observations },
        negativeLogLikelihood,
        { ...settings, targetVelocity },
      );
    },
  };
}

/** The data of a step, the adapter's noise, and what the data are observed with. */
interface ObservedBatch extends HostBatch {
  x: HostArray;
  eps: HostArray;
  drawn: HostBatch;
}

async function drawObserved(
  { problems, samples }: TaskContext,
  step: number,
  random: RandomSource,
): Promise<ObservedBatch> {
  const x = await samples(step);
  const [batchSize, ...sampleShape] = x.shape;
  const drawn = drawObservations(problems, batchSize / problems.length, sampleShape, random);
  return { x, eps: random.normalArray(x.shape), drawn };
}

function observed(batch: TracedBatch): { x: NDArray; eps: NDArray; drawn: TracedBatch } {
  return batch as TracedBatch & { x: NDArray; eps: NDArray; drawn: TracedBatch };
}

function observationFlowMap(
  { observationFlowMap: which }: StageOf<"joint">,
  networks: Networks,
  averages: Networks,
): Tree<NDArray> {
  switch (which) {
    case "trained":
      return networks.flowMap;
    case "detached":
      return mapTrees(stopGradient, networks.flowMap);
    case "average":
      return averages.flowMap;
  }
}
