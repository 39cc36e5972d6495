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
export { type LinearGaussianStudy, studyLinearGaussian } from "./study.js";
export { type StudyTable, studyTables } from "./study-tables.js";
