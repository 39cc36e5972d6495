// The image suite: all methods on the same images and observations of MNIST, Fashion-MNIST and CIFAR-10, evaluated and
// drawn.
// `vfm benchmark`, `vfm judge` and `vfm tune` run it; benchmarks/images has its configuration and its results.
export { type Cell } from "./cell.js";
export { type Comparison } from "./comparison.js";
export { type Difference } from "../../src/evaluate/index.js";
export { type Verdict, verdictTable } from "./judgement.js";
export { type Prior } from "./kept-prior.js";
export { type BenchmarkResult, keptResult } from "./kept-result.js";
export { comparisonMarkdown } from "./markdown.js";
export { benchmarkReport } from "./report.js";
export { jsonLines, type JudgedResults, readResults, type Results, withJudgement } from "./results.js";
export { type BenchmarkOptions, runBenchmark } from "./run-suite.js";
export { quickSuite, readSuite, type Suite, type SuiteDataset } from "./suite.js";
export { cellTables, type ProblemTable } from "./tables.js";
export { checkedTuned, tune, type Tuned, type TunedEntry, type TuneOptions, withEntry } from "./tuned-settings.js";
