// The kinds of training stages, one file each: configuration, checks, loss and random draws.
// `stages.ts` is their table; the parts that several kinds share are in `schema-entries.ts`, `jumps.ts` and
// `observed-batch.ts`.
export { type AdapterStage, type AdapterStageSettings, adapterAlone } from "./adapter.js";
export { stagesProblem } from "./check-stages.js";
export { type GuidanceConfig } from "./schema-entries.js";
export { type StageSurroundings, type StageTask } from "./stage-kind.js";
export { type TaskContext } from "./task-context.js";
export { type StageConfig, stageKind, type StageOf, stageSchema } from "./stages.js";
export {
  conditionalFlowMatching,
  type ConditionalFlowMatchingStage,
  type ConditionalFlowMatchingStageSettings,
} from "./conditional-flow-matching.js";
export {
  conditionalMeanFlow,
  type ConditionalMeanFlowStage,
  type ConditionalMeanFlowStageSettings,
} from "./conditional-mean-flow.js";
export {
  conditionalScore,
  type ConditionalScoreStage,
  type ConditionalScoreStageSettings,
} from "./conditional-score.js";
export { distillation, type DistillationStage, type DistillationStageSettings } from "./distillation.js";
export { flowMatching, type FlowMatchingStage, type FlowMatchingStageSettings } from "./flow-matching.js";
export { joint, type JointStage, type JointStageSettings } from "./joint.js";
export { meanFlow, type MeanFlowStage, type MeanFlowStageSettings } from "./mean-flow.js";
