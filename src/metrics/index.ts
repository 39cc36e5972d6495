// Scores of samples on plain typed arrays: CRPS, coverage, MMD, Frechet distance and others.
// `calibration/` has the diagnostics of simulation-based calibration.
export { mean, type Numbers } from "./arrays.js";
export * from "./bootstrap.js";
export * as calibration from "./calibration/index.js";
export * from "./coverage.js";
export * from "./crps.js";
export * from "./direction-distance.js";
export * from "./frechet.js";
export * from "./misfit.js";
export * from "./mmd.js";
export * from "./nlpd.js";
export * from "./precision-recall.js";
export * from "./psnr.js";
export * from "./ssim.js";
export * from "./support.js";
