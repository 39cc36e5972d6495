// Flow matching and flow maps: the interpolant, distributions of times, the losses of flow matching and MeanFlow,
// samplers.
// Nothing here knows a network or an observation.
export { adaptiveFactor, adaptivelyWeighted, type AdaptiveWeight } from "./adaptive-weight.js";
export { type CutBatch, cutBlocks } from "./blocks.js";
export { guidedVelocity, type ModelGuidance } from "./guidance.js";
export {
  interpolate,
  type MeanVelocity,
  type LabelledMeanVelocity,
  stepFlowMap,
  type Velocity,
  velocity,
} from "./interpolant.js";
export {
  type FlowConditions,
  flowMatchingLoss,
  type FlowPoint,
  meanFlowLoss,
  type MeanFlowOptions,
  meanFlowRules,
  reduceSample,
  reductionRule,
  type Reduction,
} from "./losses.js";
export * from "./samplers/index.js";
export { reverseTime, reverseVelocityTime } from "./time-convention.js";
export { drawTimes, type JumpLaw, type TimeLaw, type Times, type TimesOptions } from "./times.js";
