// Evaluation of any number of samplers on held-out images: drawing samples, scoring them, summarising the scores;
// tuning of the samplers' settings; and what comparisons need: paired differences, seconds for each sample, a reference
// chain.
export {
  checkedDifference,
  type Difference,
  differenceBetween,
  differencesOf,
  type MethodFigures,
} from "./differences.js";
export {
  drawProblemSamples,
  drawSamples,
  type ProblemSampleOptions,
  type ProblemSamples,
  type SampleTask,
} from "./draw-samples.js";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.js";
export { featureReference, type FeatureReference, type FeatureScores, featureScores } from "./feature-scores.js";
export { fitUpdate, type FitOptions, type FittedUpdate, type UpdateTrial } from "./fit-updates.js";
export {
  checkedCoverage,
  checkedFigures,
  type CoverageFigures,
  figuresOfImages,
  type ImageFigures,
  keptFigures,
} from "./image-figures.js";
export {
  type DistributionScores,
  type ImageScores,
  type ClassifiedSamples,
  classifySamples,
  scoreDistributions,
  scoreImages,
} from "./image-scores.js";
export { modelSampler } from "./model-sampler.js";
export { priorDistance, type PriorOptions } from "./prior.js";
export { type DistributionMetrics, type ProblemMetrics, summarise } from "./problem-metrics.js";
export { cutSamples, mmdOfImages } from "./reference-scores.js";
export { type Seconds, type TimedMethod, type TimedTask, timeMethods, type Timing } from "./seconds.js";
export { intervalsOf, type StatisticName, statisticsOf } from "./statistics.js";
export { isSearched, type Search, searchSettings, type SearchTask, type Trial } from "./tuning.js";
export { conditionalDraws, networkDraws, type NetworkDraws } from "./shared-draws.js";
