export { boxInpainting, type BoxInpaintingOptions } from "./box-inpainting.js";
export {
  degrade,
  type Degraded,
  type DegradeOptions,
  drawParameters,
  firstObservations,
  transposeObservation,
} from "./degrade.js";
export { gaussianBlur, type GaussianBlurOptions } from "./gaussian-blur.js";
export { highDynamicRange, type HighDynamicRangeOptions } from "./high-dynamic-range.js";
export { identity } from "./identity.js";
export { masking } from "./masking.js";
export { type MeasuredImages, measurementOf } from "./measurement.js";
export { motionBlur, type MotionBlurOptions } from "./motion-blur.js";
export { gaussianObservation, laplaceObservation, type ObservationModel, observedCounts } from "./observation.js";
export { type ForwardOperator, type OperatorParameters, type TracedParameters } from "./operator.js";
export { phaseRetrieval, type PhaseRetrievalOptions } from "./phase-retrieval.js";
export {
  createProblem,
  mnistProblems,
  type Problem,
  type ProblemName,
  problemNames,
  type ProblemSpec,
  publishedSigma,
} from "./problems.js";
export { randomInpainting, type RandomInpaintingOptions } from "./random-inpainting.js";
export { superResolution, type SuperResolutionOptions } from "./super-resolution.js";
