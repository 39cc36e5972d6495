// Training of one model by several processes: the communicator, sums in a fixed order, and agreement on the next step.
export { agree, fromRankZero, isOnEveryRank, onAllOrNone, onEveryRank } from "./agreement.js";
export { type Communicator, singleProcess } from "./communicator.js";
export { orderedMean } from "./ordered-mean.js";
