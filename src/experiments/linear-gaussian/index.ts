export {
  correlatedPair,
  drawGaussian,
  exactPosterior,
  type GaussianPosterior,
  type LinearGaussian,
  lowerFactor,
  observationCovariance,
  timesVector,
} from "./problem.js";
