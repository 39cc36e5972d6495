import { type HostArray, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { flowMapModel } from "../models/index.js";
import { readCheckpoint } from "./checkpoint.js";
import { classesOf } from "./classes.js";
import { type TrainConfig } from "./config.js";
import { sampleShapeOf } from "./networks.js";

/** A frozen flow map or velocity model that guides the training of another. */
export interface Teacher {
  flowMap: ReturnType<typeof flowMapModel>;
  parameters: Tree<HostArray>;
}

/**
 * Reads the configured teacher, if there is one.
 *
 * @throws InputError if its checkpoint cannot be read, or its samples or labels are not those of the flow map
 */
export async function readTeacher(config: TrainConfig): Promise<Teacher | undefined> {
  const { teacher: folder } = config;
  if (folder === undefined) return undefined;
  const { metadata, networks } = await readCheckpoint(folder);
  if (metadata.configuration.flowMap === undefined)
    throw new InputError(`${folder}: the teacher has no flow map: give a checkpoint with one`);
  const flowMap = flowMapModel(metadata.configuration.flowMap);
  const [ours, theirs] = [config, metadata.configuration].map((of) => ({
    shape: sampleShapeOf(of).join(" x "),
    classes: classesOf(of),
  }));
  if (ours.shape !== theirs.shape || ours.classes !== theirs.classes)
    throw new InputError(
      `${folder}: the teacher has samples ${theirs.shape} of ${theirs.classes} classes, the flow map ${ours.shape} of ${ours.classes}`,
    );
  return { flowMap, parameters: networks.flowMap };
}
