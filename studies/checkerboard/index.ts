// The checkerboard of the paper: training, scores against the exact posterior, sweeps, and the report of the stored
// results.
// `vfm experiment checkerboard` runs it with the configurations beside the code.
export { type EvaluationSize, fullEvaluation } from "./cases.js";
export { type FigureData, keepRun, type KeptRun, type KeptSweep, readRuns, readSweep } from "./kept.js";
export { InterruptedPhase } from "./phases.js";
export { type CheckerboardResult, type Scores, type ScoresBySteps } from "./result.js";
export { scoresTable, sweepTable, writeCheckerboardReport } from "./report.js";
export { type CheckerboardRun, runCheckerboard } from "./run.js";
export { type Cell, cellsOf, runSweep, type Sweep, sweepSchema } from "./sweep.js";
