export { type Accelerator, accelerators, assumedUtilisation, secondsAt } from "./accelerators.js";
export { countParameters, type NetworkCost, networkCosts } from "./network-cost.js";
export { type StepCost, stepCost } from "./step-cost.js";
