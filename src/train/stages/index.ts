// The kinds of training stages, a file each: configuration, checks, loss and random draws.
// `stages.ts` is the table of them; what several share stands in `schema-entries.ts`, `jumps.ts` and `observed-batch.ts`.
export { type AdapterStage, adapterAlone } from "./adapter.js";
export { stagesProblem } from "./check-stages.js";
export { type GuidanceConfig } from "./schema-entries.js";
export { type StageSurroundings } from "./stage-kind.js";
export { type StageConfig, stageKind, type StageOf, stageSchema } from "./stages.js";
export { conditionalFlowMatching, type ConditionalFlowMatchingStage } from "./conditional-flow-matching.js";
export { conditionalMeanFlow, type ConditionalMeanFlowStage } from "./conditional-mean-flow.js";
export { conditionalScore, type ConditionalScoreStage } from "./conditional-score.js";
export { distillation, type DistillationStage } from "./distillation.js";
export { flowMatching, type FlowMatchingStage } from "./flow-matching.js";
export { joint, type JointStage } from "./joint.js";
export { meanFlow, type MeanFlowStage } from "./mean-flow.js";
