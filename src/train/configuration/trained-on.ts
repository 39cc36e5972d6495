import { z } from "zod";
import { type CheckpointMetadata } from "../../checkpoint/index.js";
import { type ImageDataConfig } from "../../node/data/index.js";
import { dataSchema, type TrainConfig } from "./config.js";

/** The data on which a checkpoint's networks were trained; undefined if no configuration describes them. */
export function trainingDataOf({ training }: CheckpointMetadata): TrainConfig["data"] | undefined {
  const parsed = dataSchema.safeParse(training.data);
  return parsed.success ? parsed.data : undefined;
}

const stagesSchema = z.array(z.looseObject({ kind: z.string() }));

/** The kinds of the stages with which a checkpoint's networks were trained, or are to be; empty if it does not say. */
export function trainingStagesOf({ training }: CheckpointMetadata): string[] {
  const parsed = stagesSchema.safeParse(training.stages);
  return parsed.success ? parsed.data.map(({ kind }) => kind) : [];
}

/**
 * The images on which a checkpoint's networks were trained; undefined if they are not images that a configuration
 * describes.
 */
export function trainingImagesOf(metadata: CheckpointMetadata): ImageDataConfig | undefined {
  const data = trainingDataOf(metadata);
  return data === undefined || data.kind === "checkerboard" || data.kind === "module" ? undefined : data;
}
