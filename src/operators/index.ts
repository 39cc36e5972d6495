// Inverse problems: forward operators and their transposes, noise, the six problems of images, and the Observation that
// samplers and baselines take. `operator({ forward })` makes an operator of your own.
export { boxInpainting, type BoxInpaintingOptions } from "./box-inpainting.js";
export { firstCoordinate } from "./first-coordinate.js";
export { gaussianBlur, type GaussianBlurOptions } from "./gaussian-blur.js";
export { highDynamicRange, type HighDynamicRangeOptions } from "./high-dynamic-range.js";
export { identity } from "./identity.js";
export {
  imageProblem,
  type ImageProblemOptions,
  mnistProblems,
  type ProblemName,
  problemNames,
  type ProblemSpec,
  publishedProblems,
  publishedSigma,
} from "./image-problems.js";
export { type HolesOptions, masking } from "./masking.js";
export { mirrorIndex } from "./axis-matrix.js";
export { broadcastMask } from "./broadcast-mask.js";
export { withOwnHoleValues } from "./holes.js";
export { joinObservations } from "./join-observations.js";
export { motionBlur, type MotionBlurOptions } from "./motion-blur.js";
export { drawParameters } from "./draw-parameters.js";
export { firstObservations, type Observation, observationRows, type TransposedObservation } from "./observation.js";
export { checkImages, checkObservation } from "./observation-checks.js";
export { observationOf, type ObservationOptions, observe, type ObserveOptions } from "./observe.js";
export { gaussianNoise, laplaceNoise, type ObservationModel, observedCounts } from "./observation-model.js";
export {
  type ForwardOperator,
  isLocal,
  operator,
  type OperatorDefinition,
  type OperatorParameters,
  type ParameterKind,
  type SampleShape,
  type TracedParameters,
} from "./operator.js";
export { checkPicture, pictureOf } from "./picture.js";
export { phaseRetrieval, type PhaseRetrievalOptions } from "./phase-retrieval.js";
export {
  problem,
  type Problem,
  problemClasses,
  type ProblemConfig,
  problemNamed,
  sameObservation,
  type ProblemOptions,
} from "./problem.js";
export { randomInpainting, type RandomInpaintingOptions } from "./random-inpainting.js";
export { superResolution, type SuperResolutionOptions } from "./super-resolution.js";
