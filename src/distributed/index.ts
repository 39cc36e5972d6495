// What lets several processes train one model: the communicator, sums in a fixed order, and agreement on what comes next.
export { agree, fromRankZero, isOnEveryRank, onAllOrNone, onEveryRank, type Standing } from "./agreement.js";
export { type Communicator, singleProcess } from "./communicator.js";
export { orderedMean } from "./ordered-mean.js";
