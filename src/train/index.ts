export { type AutoencoderCheckpoint, readAutoencoder, writeAutoencoder } from "./autoencoder-checkpoint.js";
export {
  type Checkpoint,
  type CheckpointMetadata,
  parameterCountsOf,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.js";
export { parseModelConfig, parseTrainConfig, readModelConfig, readTrainConfig, type TrainConfig } from "./config.js";
export { loadTrainingData, type TrainingData } from "./data.js";
export { frozenStage } from "./frozen.js";
export { loadConditional, type LoadedConditional, loadModel, type LoadedModel } from "./load-model.js";
export { type LogLine, readLog } from "./log.js";
export { type LoopOptions, type Progress, runSteps } from "./loop.js";
export {
  initialiseNetworks,
  type NetworkParameters,
  networkForms,
  sampleShapeOf,
  startingNetworks,
} from "./networks.js";
export { adamWScalars } from "./optimiser.js";
export { firstCoordinate } from "./problems.js";
export { adapterBasis } from "./principal-axes.js";
export { averageDecay, scheduleFactor } from "./schedule.js";
export { shuffledBatches } from "./shuffle.js";
export { startTraining, type TrainedState } from "./state.js";
export { compileStep, type Loss, lossGradient } from "./step.js";
export { stageTask } from "./stage-task.js";
export { type StageConfig } from "./stages/index.js";
export { stageCheckpoint, train, type TrainOptions, type TrainProgress, type TrainResult } from "./train.js";
export {
  type AxisVariances,
  axisVariances,
  cosineVariances,
  observationUpdate,
  type UpdatesFile,
  type UpdateSettings,
  writeUpdates,
} from "./observation-updates.js";
