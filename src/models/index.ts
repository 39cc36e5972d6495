export { type DiagonalGaussian } from "./adapter.js";
export { type MeanVelocity, predictData } from "./flow-map.js";
export * from "./registry.js";
