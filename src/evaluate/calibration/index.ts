// Simulation-based tests of calibration: problems with known posteriors and a model of images, on whose samples the
// diagnostics of src/metrics/calibration are run.
export { checkerboardTarget, type SteppedModel } from "./checkerboard-target.js";
export { type CalibratedProblem, calibrateImageModel, type ImageModelOptions } from "./image-model.js";
export {
  calibrateProblem,
  type ImageCalibration,
  type ImageCalibrationOptions,
  imageSampler,
} from "./image-problem.js";
export {
  correlatedPair,
  drawGaussian,
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
  judgeSampler,
  judgeSamplers,
  type NamedResult,
} from "./target.js";
