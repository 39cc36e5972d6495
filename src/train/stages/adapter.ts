import { z } from "zod";
import { sizeOf } from "../../array/index.js";
import { adapterObjective } from "../../vfm/index.js";
import { drawLabels, withAllLabels } from "./labels.js";
import { observeBatch } from "./batch-observations.js";
import { type TaskContext } from "./task-context.js";
import { learningRateEntry, observationEntries, stageEntries } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { drawFurtherNoise, drawObserved, updateOfDraws, observed, ofSamples, updateProblem } from "./observed-batch.js";
import { type StageKind, type StageSurroundings, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("adapter"),
  ...stageEntries,
  ...observationEntries,
  learningRate: learningRateEntry,
});

/** A stage of kind "adapter". */
export type AdapterStage = z.output<typeof schema>;

/**
 * Settings of `adapterAlone`.
 *
 * @interface
 */
export type AdapterStageSettings = StageSettings<typeof schema>;

/**
 * Trains the adapter alone, with a frozen flow map. Entries that are left out have their defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const stages = [flowMatching({ steps: 2000 }), adapterAlone({ steps: 1000 })];
 */
export function adapterAlone(settings: AdapterStageSettings): AdapterStage {
  return filledStage(schema, "adapter", settings);
}

/** Training of the adapter alone, with a frozen flow map. */
export const adapterAloneKind = {
  schema,
  network: "adapter",
  observes: true,
  check,
  task,
} satisfies StageKind<AdapterStage>;

function check(stage: AdapterStage, surroundings: StageSurroundings): string | undefined {
  return (stage.score?.priorWeight ?? 0) > 0
    ? "score.priorWeight: the flow map is frozen, and so is its prior: set it to 0"
    : updateProblem(stage, surroundings);
}

function task(stage: AdapterStage, context: TaskContext): StageTask {
  const { reduction, observationWeight, klWeight, aggregateWeight, observationSteps, score } = stage;
  const terms = { reduction, observationWeight, klWeight, aggregateWeight, observationSteps, score };
  return {
    learningRates: { adapter: stage.learningRate },
    blocks: { count: context.problems.length, jumps: 0 },
    draw: async (step) => {
      const random = context.random(step);
      const drawn = await drawObserved(context, step, random);
      const labels = drawLabels({ labelDropout: 0 }, context, step, random);
      return { ...drawn, ...labels, ...drawFurtherNoise(stage, context, drawn.x, random) };
    },
    loss: ({ flowMap, adapter, autoencoder }, _averages, batch) => {
      const { x, eps, furtherEps, images = x, drawn } = observed(batch);
      const observations = observeBatch(context.problems, images, drawn, stage.observationSpace);
      const networks = {
        observationMeanVelocity: withAllLabels(context.meanVelocity(flowMap), batch),
        adapter: context.noiseAdapter(adapter),
      };
      const misfit = ofSamples(context, autoencoder, observations.negativeLogLikelihood);
      const updateDraws = updateOfDraws(stage, context, observations, batch);
      return adapterObjective(networks, { x, eps, furtherEps, updateDraws, ...observations }, misfit, {
        ...terms,
        observedSize: sizeOf(images.shape.slice(1)),
        blocks: context.problems.length,
      });
    },
  };
}
