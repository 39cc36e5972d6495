import { hostArray, type HostArray, type NDArray, type RandomSource, stopGradient, type Tree } from "../array/index.js";
import { adapterObjective, annealedTau, type JointBatch, jointObjective } from "../vfm/index.js";
import { type StageOf } from "./config.js";
import { drawJumpTimes, jumpCounts } from "./flow-tasks.js";
import { drawObservations, observeBatch } from "./problems.js";
import { type StageTask } from "./run.js";
import { type HostBatch, type Networks, type TracedBatch } from "./step.js";
import { type TaskContext } from "./task-context.js";
import { mapTrees } from "./trees.js";

/** Trains the adapter alone, for a frozen flow map. */
export function adapterTask(stage: StageOf<"adapter">, context: TaskContext): StageTask {
  return {
    learningRates: { adapter: stage.learningRate },
    draw: (step) => drawObserved(context, step, context.random(step)),
    loss: ({ flowMap, adapter }, _averages, batch) => {
      const { x, eps, drawn } = observed(batch);
      const observations = observeBatch(context.problems, x, drawn);
      const networks = {
        observationMeanVelocity: context.meanVelocity(flowMap),
        adapter: context.noiseAdapter(adapter),
      };
      return adapterObjective(networks, { eps, ...observations }, observations.negativeLogLikelihood, stage);
    },
  };
}

/** Trains flow map and adapter together. */
export function jointTask(stage: StageOf<"joint">, context: TaskContext): StageTask {
  const blocks = context.problems.length;
  const settings = { ...stage, blocks, jumps: jumpCounts(stage, blocks).jumps };
  return {
    learningRates: stage.learningRate,
    draw: (step, done) => {
      const random = context.random(step);
      const drawnBatch = drawObserved(context, step, random);
      return {
        ...drawnBatch,
        freshNoise: random.normalArray(drawnBatch.x.shape),
        keep: random.uniformArray([stage.batchSize]),
        ...drawJumpTimes(stage, blocks, random),
        tau: hostArray([annealedTau(stage.tau, done, 1)], []),
      };
    },
    loss: (networks, averages, batch) => {
      const { x, eps, drawn } = observed(batch);
      const { freshNoise, keep, r, t, tau } = batch as TracedBatch & Record<keyof JointBatch, NDArray>;
      const { negativeLogLikelihood, ...observations } = observeBatch(context.problems, x, drawn);
      return jointObjective(
        {
          meanVelocity: context.meanVelocity(networks.flowMap),
          observationMeanVelocity: context.meanVelocity(observationFlowMap(stage, networks, averages)),
          adapter: context.noiseAdapter(networks.adapter),
        },
        { x, eps, freshNoise, keep, r, t, tau, ...observations },
        negativeLogLikelihood,
        settings,
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

function drawObserved({ problems, samples }: TaskContext, step: number, random: RandomSource): ObservedBatch {
  const x = samples(step);
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
