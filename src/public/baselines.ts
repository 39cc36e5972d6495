export * from "../baselines/index.js";
