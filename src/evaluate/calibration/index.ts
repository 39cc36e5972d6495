// Whether posterior samples are calibrated, by simulation: problems with known posteriors and a model of images, and the running
// of the diagnostics of src/metrics/calibration on a sampler's draws.
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
