import {
  hostArray,
  type HostArray,
  type NDArray,
  type RandomSource,
  sizeOf,
  stopGradient,
  type Tree,
} from "../array/index.js";
import {
  adapterObjective,
  annealedTau,
  type JointBatch,
  jointObjective,
  type NegativeLogLikelihood,
  scoresPosterior,
} from "../vfm/index.js";
import { type StageOf } from "./config.js";
import { composedFlowMap, drawJumpTimes, jumpCounts } from "./flow-tasks.js";
import { drawLabels, flowConditions, withAllLabels } from "./labels.js";
import { drawObservations, observeBatch } from "./problems.js";
import { filterKeys } from "./records.js";
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
      const labels = drawLabels({ labelDropout: 0 }, context, step, random);
      return { ...drawn, ...labels, ...drawFurtherNoise(stage, drawn.x, random) };
    },
    loss: ({ flowMap, adapter, autoencoder }, _averages, batch) => {
      const { x, eps, furtherEps, images = x, drawn } = observed(batch);
      const observations = observeBatch(context.problems, images, drawn, stage.observationSpace);
      const networks = {
        observationMeanVelocity: withAllLabels(context.meanVelocity(flowMap), batch),
        adapter: context.noiseAdapter(adapter),
      };
      const misfit = ofSamples(context, autoencoder, observations.negativeLogLikelihood);
      return adapterObjective(networks, { x, eps, furtherEps, ...observations }, misfit, {
        ...stage,
        observedSize: sizeOf(images.shape.slice(1)),
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
    learningRates: ratesAboveZero(stage.learningRate),
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
        ...drawFurtherNoise(stage, drawnBatch.x, random),
      };
    },
    loss: (networks, averages, batch) => {
      const { x, eps, furtherEps, images = x, drawn } = observed(batch);
      const { freshNoise, keep, r, t, tau } = batch as TracedBatch & Record<keyof JointBatch, NDArray>;
      const { labels, targetVelocity } = flowConditions(stage, context, networks, averages, batch);
      const observationParameters = observationFlowMap(stage, networks, averages);
      const { negativeLogLikelihood, ...observations } = observeBatch(
        context.problems,
        images,
        drawn,
        stage.observationSpace,
      );
      const u = (parameters: Tree<NDArray>) => withAllLabels(context.meanVelocity(parameters), batch);
      return jointObjective(
        {
          meanVelocity: context.meanVelocity(networks.flowMap),
          observationMeanVelocity: u(observationParameters),
          scoredMeanVelocity: stage.observationFlowMap === "trained" ? undefined : u(networks.flowMap),
          adapter: context.noiseAdapter(networks.adapter),
        },
        { x, eps, furtherEps, freshNoise, keep, r, t, tau, labels, ...observations },
        ofSamples(context, networks.autoencoder, negativeLogLikelihood),
        {
          ...settings,
          targetVelocity,
          composed: composedFlowMap(stage, context, averages),
          observedSize: sizeOf(images.shape.slice(1)),
        },
      );
    },
  };
}

function ratesAboveZero(rates: Readonly<Record<string, number>>): Record<string, number> {
  return filterKeys(rates, (network) => rates[network] > 0);
}

/** The data of a step, the adapter's noise, the images if the data are latents, and what they are observed with. */
export interface ObservedBatch {
  [name: string]: HostBatch | HostArray;
  x: HostArray;
  eps: HostArray;
  drawn: HostBatch;
}

/** Draws a step's data and what it is observed with. */
export async function drawObserved(
  { problems, samples }: TaskContext,
  step: number,
  random: RandomSource,
): Promise<ObservedBatch> {
  const { x, images } = await samples(step);
  const [batchSize, ...imageShape] = images.shape;
  const drawn = drawObservations(problems, batchSize / problems.length, imageShape, random);
  return { x, eps: random.normalArray(x.shape), drawn, ...(images !== x && { images }) };
}

/** The noise of the scored draws but the first. It is drawn last: the other draws are those of a stage without scores. */
function drawFurtherNoise(
  { score }: Pick<StageOf<"adapter">, "score">,
  { shape: [batchSize, ...shape] }: HostArray,
  random: RandomSource,
): HostBatch {
  return scoresPosterior(score) ? { furtherEps: random.normalArray([(score.draws - 1) * batchSize, ...shape]) } : {};
}

type Observed = { x: NDArray; eps: NDArray; furtherEps?: NDArray; images?: NDArray; drawn: TracedBatch };

function observed(batch: TracedBatch): Observed {
  return batch as TracedBatch & Observed;
}

/** The misfit of what the flow map samples: of the images that its latents are decoded to, if they are latents. */
function ofSamples(
  { decode }: TaskContext,
  autoencoder: Tree<NDArray> | undefined,
  misfit: NegativeLogLikelihood,
): NegativeLogLikelihood {
  if (decode === undefined || autoencoder === undefined) return misfit;
  return (latents) => misfit(decode(autoencoder, latents));
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
