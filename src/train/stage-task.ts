import { type HostArray, isHostArray, randomSource, sizeOf } from "../array/index.js";
import { requireFinite } from "../data/index.js";
import { InputError } from "../errors.js";
import { shown } from "../options.js";
import { type DataSource } from "./data-source.js";
import { type LatentEncoder } from "./latents.js";
import { type Run } from "./run.js";
import { shuffledBatches } from "./shuffle.js";
import { type StageConfig, stageKind, type StageTask, type TaskContext } from "./stages/index.js";

/**
 * The task of a stage of a run: its loss and its random draws.
 *
 * @param index the stage's index, which is part of the path of its random numbers
 * @param encode the encoder of the run's autoencoder, if it has one
 */
export function stageTask(
  stage: StageConfig,
  index: number,
  run: Omit<Run, "stages">,
  encode?: LatentEncoder,
): StageTask {
  const { seed, data, flowMap, adapter, conditional, autoencoder, problems = [], teacher, updates = new Map() } = run;
  const classes = flowMap?.classes ?? 0;
  const indices = shuffledBatches(data.count, stage.batchSize, seed, "stage", index);
  // A run is checked before, so these errors would be mistakes in a stage's code.
  const needed = <Network>(network: Network | undefined, name: string): Network => {
    if (network === undefined) throw new Error(`a run without "${name}" has no stage that needs it`);
    return network;
  };
  const context: TaskContext = {
    meanVelocity:
      (parameters) =>
      (...inputs) =>
        needed(flowMap, "flowMap").apply(parameters, ...inputs),
    noiseAdapter:
      (parameters) =>
      (...inputs) =>
        needed(adapter, "adapter").apply(parameters, ...inputs),
    conditionalFlowMap:
      (parameters) =>
      (...inputs) =>
        needed(conditional, "conditional").apply(parameters, ...inputs),
    problems,
    updates,
    teacher:
      (parameters) =>
      (...inputs) =>
        needed(teacher, "teacher").meanVelocity(parameters, ...inputs),
    classes,
    samples: async (step) => {
      const images = await data.take(indices(step), step + 1 < stage.steps ? indices(step + 1) : undefined);
      checkBatch(images, stage.batchSize, data);
      if (encode === undefined) return { x: images, images };
      return { x: await encode(images, randomSource(seed, "stage", index, "latents", step)), images };
    },
    decode: autoencoder?.decode,
    labels: (step) => {
      const { labels } = data;
      return classes === 0 || labels === undefined ? undefined : indices(step).map((row) => labels[row]);
    },
    random: (step) => randomSource(seed, "stage", index, "step", step),
  };
  const task = stageKind(stage.kind).task(stage, context);
  const guided = "guidance" in stage && stage.guidance?.by === "teacher";
  return guided && teacher !== undefined ? { ...task, others: { teacher: teacher.parameters.flowMap } } : task;
}

/** Checks what a data source gives, which may be the user's own. Throws InputError. */
function checkBatch(batch: HostArray, size: number, { sampleShape }: DataSource): void {
  const shape = [size, ...sampleShape];
  const given = isHostArray(batch) && Array.isArray(batch.shape) ? `[${batch.shape.join(", ")}]` : shown(batch);
  if (given !== `[${shape.join(", ")}]` || batch.data.length !== sizeOf(shape))
    throw new InputError(`data.take gave ${given} for ${size} samples: it has to give [${shape.join(", ")}]`);
  requireFinite(batch, "what data.take gave");
}
