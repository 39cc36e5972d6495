// Other samplers of a posterior, all with one interface.
export * from "../baselines/index.js";
