export { type Checkpoint, type CheckpointMetadata, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
export { parseTrainConfig, readTrainConfig, type TrainConfig } from "./config.js";
export { loadModel, type LoadedModel } from "./load-model.js";
export { type LogLine, readLog } from "./log.js";
export { type NetworkParameters } from "./networks.js";
export { firstCoordinate } from "./problems.js";
export { train, type TrainOptions, type TrainProgress, type TrainResult } from "./train.js";
