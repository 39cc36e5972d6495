// The cost of a configuration: parameters, operations and memory of its networks and training steps.
// They are counted from traced graphs; nothing is run.
export { type Accelerator, accelerators, assumedUtilisation, secondsAt } from "./accelerators.js";
export { type NetworkCost, networkCosts } from "./network-cost.js";
export { type StepCost, stepCost } from "./step-cost.js";
