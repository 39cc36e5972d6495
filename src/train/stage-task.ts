import { randomSource } from "../array/index.js";
import { adapterModel, conditionalModel, flowMapModel } from "../models/index.js";
import { classesOf } from "./classes.js";
import { type TrainConfig } from "./config.js";
import { type TrainingData } from "./data.js";
import { type TrainingAutoencoder } from "./latents.js";
import { problemsFor } from "./problems.js";
import { type StageTask } from "./run.js";
import { shuffledBatches } from "./shuffle.js";
import { type StageConfig, stageKind } from "./stages/index.js";
import { type TaskContext } from "./task-context.js";
import { type Teacher } from "./teacher.js";

/** Frozen networks that a stage may need. */
export interface TaskHelpers {
  teacher?: Teacher | undefined;
  autoencoder?: TrainingAutoencoder | undefined;
}

/**
 * What a stage of a run trains: its loss and its random draws.
 *
 * @param index the stage's number: it names the stage's random numbers
 * @param helpers the frozen network that guides stages with `guidance.by` "teacher"; the autoencoder of the latents that the
 *   flow map learns
 * @throws InputError if a problem does not exist for the data
 */
export function stageTask(
  stage: StageConfig,
  index: number,
  config: TrainConfig,
  data: TrainingData,
  { teacher, autoencoder }: TaskHelpers = {},
): StageTask {
  const { seed } = config;
  const flowMap = config.flowMap && flowMapModel(config.flowMap);
  const adapter = config.adapter && adapterModel(config.adapter);
  const conditional = config.conditional && conditionalModel(config.conditional);
  const classes = classesOf(config);
  const indices = shuffledBatches(data.count, stage.batchSize, seed, "stage", index);
  const context: TaskContext = {
    meanVelocity:
      (parameters) =>
      (...inputs) => {
        if (flowMap === undefined) throw new Error("a configuration without a flow map has no stage that needs it");
        return flowMap.apply(parameters, ...inputs);
      },
    noiseAdapter:
      (parameters) =>
      (...inputs) => {
        if (adapter === undefined) throw new Error("a configuration without an adapter has no stage that trains it");
        return adapter.apply(parameters, ...inputs);
      },
    conditionalFlowMap:
      (parameters) =>
      (...inputs) => {
        if (conditional === undefined)
          throw new Error("a configuration without a conditional flow map has no stage for it");
        return conditional.apply(parameters, ...inputs);
      },
    problems: problemsFor(config.problems, data.sampleShape),
    teacher:
      (parameters) =>
      (...inputs) => {
        if (teacher === undefined) throw new Error("a configuration without a teacher has no stage that it guides");
        return teacher.flowMap.apply(parameters, ...inputs);
      },
    classes,
    samples: async (step) => {
      const images = await data.take(indices(step), step + 1 < stage.steps ? indices(step + 1) : undefined);
      if (autoencoder === undefined) return { x: images, images };
      return { x: await autoencoder.encode(images, randomSource(seed, "stage", index, "latents", step)), images };
    },
    decode: autoencoder?.model.decode,
    labels: (step) => (classes === 0 ? undefined : data.labelsOf?.(indices(step))),
    random: (step) => randomSource(seed, "stage", index, "step", step),
  };
  const task = stageKind(stage.kind).task(stage, context);
  const guided = "guidance" in stage && stage.guidance?.by === "teacher";
  return guided && teacher !== undefined ? { ...task, others: { teacher: teacher.parameters } } : task;
}
