// Other posterior samplers, all with the same interface.
export * from "../baselines/index.js";
