export {
  drawNoise,
  klToStandardNormal,
  logDensity,
  type NoiseAdapter,
  type NoiseDistribution,
} from "./noise-adapter.js";
export {
  adapterObjective,
  type AdapterSettings,
  type JointBatch,
  type JointNetworks,
  jointObjective,
  type JointSettings,
  type NegativeLogLikelihood,
} from "./objective.js";
export {
  type Observations,
  type PosteriorOptions,
  posteriorSample,
  samplePosterior,
  samplePrior,
  type SampleOptions,
  type Samples,
  type VariationalFlowMap,
} from "./posterior.js";
export { annealedTau } from "./schedule.js";
