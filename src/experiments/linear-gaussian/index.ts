export {
  correlatedPair,
  drawGaussian,
  exactPosterior,
  type GaussianPosterior,
  type LinearGaussian,
  lowerFactor,
  observationCovariance,
} from "./problem.js";
