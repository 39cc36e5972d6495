// Layers as pure functions of their parameters and of arrays, each with the function that draws its initial parameters.
// The networks in src/models are built from them.
export * from "./attention.js";
export * from "./convolution.js";
export * from "./initialise.js";
export * from "./label-embedding.js";
export * from "./linear.js";
export * from "./modulation.js";
export * from "./normalisation.js";
export * from "./patches.js";
export * from "./time-embedding.js";
