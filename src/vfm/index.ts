// The method: noise adapter, joint objective, posterior sampler and its update on the observation.
// It can be read beside the paper, and knows no model by name.
export { type SampleOptions, sampleRules, type Samples } from "./sample-options.js";
export { type NoiseOf } from "./noise-source.js";
export {
  checkPosteriorModel,
  type TrainedModel,
  trainedModel,
  classOf,
  type Decoder,
  type FlowMapModel,
  imageShapeOfModel,
  modelWith,
  type ObservationUpdate,
  type ProblemModel,
  type VariationalFlowMap,
} from "./model.js";
export {
  drawNoise,
  klToStandardNormal,
  logDensity,
  type NoiseAdapter,
  type NoiseDistribution,
} from "./noise-adapter.js";
export { type AdapterMeasures, adapterObjective, type JointMeasures, jointObjective } from "./objective.js";
export {
  type AdapterSettings,
  type JointBatch,
  type JointNetworks,
  type JointSettings,
  type NegativeLogLikelihood,
} from "./objective-arguments.js";
export { type PosteriorOptions, posteriorSample, samplePosterior } from "./posterior.js";
export { type ExportedSampler, type ExportOptions, problemSamplerOnnx, samplerOnnx } from "./export.js";
export { samplePrior } from "./prior.js";
export { flowMapSamplers, type SamplerSettings } from "./sampler-settings.js";
export { annealedTau } from "./annealed-tau.js";
export { type DrawUpdate, scoresPosterior, type ScoreSettings } from "./scored-draws.js";
export { batchEnergyScore, energyScore, pixelScore } from "./score.js";
export { type LinearObservation } from "./linear-observation.js";
export { defaultIterations, updateOnObservation, type UpdateNoise } from "./observation-update.js";
export { constantResidual, traceUpdate, updatePosteriorSamples } from "./updated-samples.js";
export { spectralPreconditioner } from "./preconditioner.js";
export { type ResidualRoot } from "./residual-root.js";
