import { type CheckpointMetadata } from "../../checkpoint/index.js";
import { type ImageDataConfig } from "../../node/data/index.js";
import { dataSchema, type TrainConfig } from "./config.js";

/** The data that a checkpoint's networks were trained on; undefined if they are none that a configuration names. */
export function trainingDataOf({ training }: CheckpointMetadata): TrainConfig["data"] | undefined {
  const parsed = dataSchema.safeParse(training.data);
  return parsed.success ? parsed.data : undefined;
}

/** The images that a checkpoint's networks were trained on; undefined if they are no images that a configuration names. */
export function trainingImagesOf(metadata: CheckpointMetadata): ImageDataConfig | undefined {
  const data = trainingDataOf(metadata);
  return data === undefined || data.kind === "checkerboard" || data.kind === "module" ? undefined : data;
}
