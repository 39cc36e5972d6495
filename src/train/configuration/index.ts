// Training from a file: a validated JSON configuration, and the run of bound objects that it describes.
// The command line and the studies use it; the trainer does not know it.
export { parseTrainConfig, readModelConfig, readTrainConfig, type TrainConfig } from "./config.js";
export { frozenStage } from "./frozen.js";
export { aboutUntrained, resolve, startingParameters } from "./resolve.js";
export { trainingDataOf, trainingImagesOf, trainingStagesOf } from "./trained-on.js";
