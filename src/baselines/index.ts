// Posterior samplers with one interface: the Variational Flow Map, guided samplers, chains in noise space, conditional
// flow maps. Each names its paper. They share an engine, which keeps the compiled functions of all but the first.
export {
  conditionalFlow,
  conditionalFlowMap,
  type ConditionalFlowMap,
  updatedConditional,
} from "./conditional-flow.js";
export { type DFlowSettings, optimisedNoise } from "./d-flow.js";
export { diffusionPosteriorSampling, type DpsSettings } from "./dps.js";
export { type EngineOptions, type SamplerEngine, samplerEngine } from "./engine.js";
export { flowDrivenPosteriorSampling, type FlowDpsSettings } from "./flow-dps.js";
export { type GuidedMethod, guidedMethods, type SettingRange, type Settings } from "./methods.js";
export { noiseSpaceChain, type NoiseSpaceChainSettings } from "./noise-space-chain.js";
export { type OtOdeSettings, pseudoinverseGuidedFlow } from "./ot-ode.js";
export { plugAndPlayFlow, type PnpFlowSettings } from "./pnp-flow.js";
export { type DrawOptions, type PosteriorSampler, type StepProgress } from "./posterior-sampler.js";
export { type PriorModel } from "./prior.js";
export { variationalSampler } from "./variational.js";
