// Training: a run of bound objects (networks, problems, data, stages) and the trainer that executes its stages.
// `configuration/` makes such a run from a file; `stages/` has one file for each kind of stage.
export { type Communicator, isOnEveryRank, singleProcess } from "../distributed/index.js";
export { type DataSource, fromArrays } from "./data-source.js";
export { holdsRun, stageCheckpoint } from "./folder-store.js";
export { type LogLine, readLog } from "./log.js";
export { type LoopOptions, type Progress, runSteps } from "./loop.js";
export { adamW } from "./adamw.js";
export { type Run, type Teacher } from "./run.js";
export { averageDecay, scheduleFactor } from "./schedule.js";
export { shuffledBatches } from "./shuffle.js";
export { startTraining, type TrainedState } from "./run-state.js";
export { compileStep, type Loss, lossGradient } from "./step.js";
export { stageTask } from "./stage-task.js";
export {
  adapterAlone,
  conditionalFlowMatching,
  conditionalMeanFlow,
  conditionalScore,
  distillation,
  flowMatching,
  joint,
  meanFlow,
  type StageConfig,
  type AdapterStageSettings,
  type ConditionalFlowMatchingStageSettings,
  type ConditionalMeanFlowStageSettings,
  type ConditionalScoreStageSettings,
  type DistillationStageSettings,
  type FlowMatchingStageSettings,
  type JointStageSettings,
  type MeanFlowStageSettings,
} from "./stages/index.js";
export { type TrainProgress } from "./run-stages.js";
export { train, type TrainOptions, type TrainResult } from "./train.js";
