// Samplers of a velocity or a flow map, one file each: Euler, Heun, Euler-Maruyama, restart, gamma, the map itself.
// All go from noise at t = 1 to data at t = 0 over given times.
export { integrateEulerMaruyama, type EulerMaruyamaOptions } from "./euler-maruyama.js";
export { sampleFlowMap } from "./flow-map-euler.js";
export { type GammaOptions, sampleGamma } from "./gamma.js";
export { type Guidance, type GuidanceSettings, isGuided } from "./guidance.js";
export { type SamplerOptions } from "./options.js";
export { sampleRestart } from "./restart.js";
export { stochasticTimeGrid, timeGrid } from "./times.js";
export { integrateEuler } from "./velocity-euler.js";
export { integrateHeun } from "./velocity-heun.js";
