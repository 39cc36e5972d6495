// Simulation-based tests of calibration: problems with known posteriors and a model of images, on whose samples the
// diagnostics of src/metrics/calibration are run.
export { checkerboardTarget, type SteppedModel } from "./checkerboard-target.js";
export { type CalibratedProblem, calibrateImageModel, type ImageModelOptions } from "./image-model.js";
export { type ImageCalibration, type ImageCalibrationOptions } from "./image-problem.js";
export {
  correlatedPair,
  exactPosterior,
  type GaussianPosterior,
  type LinearGaussian,
  lowerFactor,
  observationCovariance,
  timesVector,
} from "./linear-gaussian.js";
export { linearGaussianTarget } from "./linear-gaussian-target.js";
export {
  type CalibrationTarget,
  type JudgedResult,
  type JudgedSampler,
  type JudgeOptions,
  judgeSamplers,
  type NamedResult,
} from "./target.js";
