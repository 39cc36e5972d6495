// Scores of samples on plain arrays, and the calibration of any sampler.
export * from "../metrics/index.js";
