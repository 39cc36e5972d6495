export { type DiagonalGaussian } from "./adapter.js";
export { predictData } from "./flow-map.js";
export * from "./registry.js";
