export { type Cell } from "./cell.js";
export { compareWithRivals, type Comparison, comparisonTable } from "./comparison.js";
export { benchmarkReport, cellTables, type ProblemTable } from "./report.js";
export { type BenchmarkOptions, type BenchmarkResult, runBenchmark } from "./run.js";
export { quickSuite, readSuite, type Suite, type SuiteDataset } from "./suite.js";
export { checkedTuned, tune, type Tuned, type TuneOptions } from "./tuning.js";
