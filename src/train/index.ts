export { type Checkpoint, type CheckpointMetadata, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
export { parseTrainConfig, readTrainConfig, type TrainConfig } from "./config.js";
export { type LogLine, readLog } from "./log.js";
export { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
export { type NetworkParameters } from "./networks.js";
export { train, type TrainOptions, type TrainProgress, type TrainResult } from "./train.js";
