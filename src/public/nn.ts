// Layers as pure functions of their parameters.
export * from "../nn/index.js";
