// Training from a file: a configuration in JSON, checked, and the run of bound objects that it describes.
// The trainer knows nothing of it; the command line and the studies do.
export { parseModelConfig, parseTrainConfig, readModelConfig, readTrainConfig, type TrainConfig } from "./config.js";
export { loadTrainingData } from "./load-training-data.js";
export { frozenStage } from "./frozen.js";
export { aboutUntrained, resolve, startingParameters } from "./resolve.js";
export { trainingDataOf, trainingImagesOf, trainingStagesOf } from "./trained-on.js";
