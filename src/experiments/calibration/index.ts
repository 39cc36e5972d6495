export { checkerboardTarget, type SteppedModel } from "./checkerboard.js";
export { linearGaussianTarget } from "./linear-gaussian.js";
export {
  type CalibrationTarget,
  type JudgedResult,
  type JudgedSampler,
  type JudgeOptions,
  judgeSampler,
} from "./target.js";
