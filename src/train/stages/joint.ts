import { z } from "zod";
import { hostArray, type NDArray, sizeOf, stopGradient, type Tree } from "../../array/index.js";
import { annealedTau, type JointBatch, jointObjective } from "../../vfm/index.js";
import { drawLabels, flowConditions, withAllLabels } from "./labels.js";
import { observeBatch } from "./batch-observations.js";
import { filterKeys } from "../object-entries.js";
import { type TaskContext } from "./task-context.js";
import { type Networks, type TracedBatch } from "../step.js";
import { mapTrees } from "../trees.js";
import {
  adaptiveWeightSchema,
  meanFlowEntries,
  observationEntries,
  positive,
  share,
  stageEntries,
} from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { composedFlowMap, drawJumpTimes, jumpCounts } from "./jumps.js";
import { drawFurtherNoise, drawObserved, updateOfDraws, observed, ofSamples, updateProblem } from "./observed-batch.js";
import { type StageKind, type StageSurroundings, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("joint"),
  ...stageEntries,
  ...meanFlowEntries,
  ...observationEntries,
  /** Rate 0 freezes the adapter: then the flow map alone learns, with a fixed coupling. */
  learningRate: z
    .strictObject({ flowMap: positive, adapter: z.number().nonnegative() })
    .default({ flowMap: 3e-4, adapter: 1e-3 }),
  /** Probability that a sample's noise comes from the adapter, not from N(0, I). */
  alpha: share.default(0.5),
  /** tau, the standard deviation of x around its reconstruction f(z); annealed from `start` to `end` along a cosine. */
  tau: z.strictObject({ start: positive, end: positive }).default({ start: 1, end: 1 }),
  /** Adaptive weight of the sum of all terms, as published for images. */
  totalAdaptiveWeight: adaptiveWeightSchema.optional(),
  /** Whether the adapter's noise enters the mean-flow loss without a gradient. */
  detachNoise: z.boolean().default(false),
  /**
   * The flow map of the observation term: the trained one; or, so that the term trains the adapter alone, the trained
   * one without its gradient, or its moving average.
   */
  observationFlowMap: z.enum(["trained", "detached", "average"]).default("trained"),
});

/** A stage of kind "joint". */
export type JointStage = z.output<typeof schema>;

/**
 * Settings of `joint`.
 *
 * @interface
 */
export type JointStageSettings = StageSettings<typeof schema>;

/**
 * Trains flow map and adapter together. Entries that are left out have their defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const stages = [flowMatching({ steps: 2000 }), joint({ steps: 1000, alpha: 0.5, tau: { start: 1, end: 0.5 } })];
 */
export function joint(settings: JointStageSettings): JointStage {
  return filledStage(schema, "joint", settings);
}

/** Training of flow map and adapter together. */
export const jointKind = { schema, network: "adapter", observes: true, check, task } satisfies StageKind<JointStage>;

function check(stage: JointStage, surroundings: StageSurroundings): string | undefined {
  return frozenAdapterProblem(stage) ?? updateProblem(stage, surroundings);
}

function frozenAdapterProblem({
  learningRate,
  observationWeight,
  klWeight,
  aggregateWeight,
  observationFlowMap,
}: JointStage): string | undefined {
  if (learningRate.adapter > 0) return undefined;
  if (observationFlowMap === "trained" && observationWeight > 0) return undefined;
  return observationWeight + klWeight + aggregateWeight > 0
    ? "learningRate.adapter: at 0 the adapter's terms teach nothing: set their weights to 0"
    : undefined;
}

function task(stage: JointStage, context: TaskContext): StageTask {
  const blocks = context.problems.length;
  const { jumps } = jumpCounts(stage, blocks);
  const settings = { ...objectiveSettings(stage), blocks, jumps: jumps / stage.accumulate };
  return {
    learningRates: ratesAboveZero(stage.learningRate),
    blocks: { count: blocks, jumps },
    draw: async (step, done) => {
      const random = context.random(step);
      const drawnBatch = await drawObserved(context, step, random);
      return {
        ...drawnBatch,
        freshNoise: random.normalArray(drawnBatch.x.shape),
        uniform: random.uniformArray([stage.batchSize]),
        ...drawJumpTimes(stage, blocks, random),
        tau: hostArray([annealedTau(stage.tau, done, 1)], []),
        ...drawLabels(stage, context, step, random),
        ...drawFurtherNoise(stage, context, drawnBatch.x, random),
      };
    },
    loss: (networks, averages, batch) => {
      const { x, eps, furtherEps, images = x, drawn } = observed(batch);
      const { freshNoise, uniform, r, t, tau } = batch as TracedBatch & Record<keyof JointBatch, NDArray>;
      const { labels, targetVelocity } = flowConditions(stage, context, networks, averages, batch);
      const observationParameters = observationFlowMap(stage, networks, averages);
      const observations = observeBatch(context.problems, images, drawn, stage.observationSpace);
      const updateDraws = updateOfDraws(stage, context, observations, batch);
      const u = (parameters: Tree<NDArray>) => withAllLabels(context.meanVelocity(parameters), batch);
      return jointObjective(
        {
          meanVelocity: context.meanVelocity(networks.flowMap),
          observationMeanVelocity: u(observationParameters),
          scoredMeanVelocity: stage.observationFlowMap === "trained" ? undefined : u(networks.flowMap),
          adapter: context.noiseAdapter(networks.adapter),
        },
        { x, eps, furtherEps, freshNoise, uniform, r, t, tau, labels, updateDraws, ...observations },
        ofSamples(context, networks.autoencoder, observations.negativeLogLikelihood),
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

/** The stage's entries that are passed to the objective unchanged. */
function objectiveSettings({
  reduction,
  tangent,
  alpha,
  detachNoise,
  observationWeight,
  klWeight,
  aggregateWeight,
  observationSteps,
  score,
  adaptiveWeight,
  totalAdaptiveWeight,
}: JointStage) {
  const terms = { observationWeight, klWeight, aggregateWeight, observationSteps, score };
  return { reduction, tangent, alpha, detachNoise, ...terms, adaptiveWeight, totalAdaptiveWeight };
}

function ratesAboveZero(rates: Readonly<Record<string, number>>): Record<string, number> {
  return filterKeys(rates, (network) => rates[network] > 0);
}

function observationFlowMap(
  { observationFlowMap: which }: JointStage,
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
