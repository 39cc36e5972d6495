export { adaptiveFactor, adaptivelyWeighted, type AdaptiveWeight } from "./adaptive-weight.js";
export { interpolate, type MeanVelocity, stepFlowMap, velocity } from "./interpolant.js";
export { flowMatchingLoss, meanFlowLoss, type MeanFlowOptions, reduceSample, type Reduction } from "./losses.js";
export { sampleFlowMap } from "./sample.js";
export { drawTimes, type JumpLaw, type TimeLaw, type Times, type TimesOptions } from "./times.js";
