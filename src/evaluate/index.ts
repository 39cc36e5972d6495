export { evaluate, type EvaluatedModels, type EvaluateOptions, type Evaluation, type Reader } from "./evaluate.js";
export { featureReference, type FeatureReference, type FeatureScores, featureScores } from "./feature-scores.js";
export {
  calibrateProblem,
  type ImageCalibration,
  type ImageCalibrationOptions,
  imageSampler,
} from "./image-calibration.js";
export { limitToRange } from "./image-range.js";
export {
  type DistributionScores,
  type ImageScores,
  type Reading,
  readSamples,
  scoreDistributions,
  scoreImages,
} from "./image-scores.js";
export { featureFit, priorDistance } from "./prior.js";
export {
  crpsOver,
  type DistributionMetrics,
  type ProblemMetrics,
  summarise,
  summariseDistributions,
} from "./problem-metrics.js";
export { drawProblemSamples, type ProblemSampleOptions } from "./problem-samples.js";
export { drawSamples, type ProblemSamples, type SampleTask } from "./draw-samples.js";
export { fitUpdate, type FitOptions, type FittedUpdate, type UpdateTrial } from "./fit-updates.js";
