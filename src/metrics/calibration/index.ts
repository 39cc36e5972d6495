// Simulation-based calibration: the ranks of truths among posterior samples, and tests of their uniformity.
// `battery.ts` applies all of them to one sampler, at one level.
export {
  type BatteryOptions,
  type DiagnosticName,
  diagnosticNames,
  type Finding,
  judge,
  rankAll,
  type RankedQuantity,
  testRanks,
  type Verdict,
} from "./battery.js";
export { chiSquareTest, rankHistogram, type RankHistogram } from "./chi-square.js";
export { type Ecdf, ecdfBand, type EcdfBand, ecdfTest, rankEcdf } from "./ecdf.js";
export { type CoveragePoint, coverageTest, credibleLevels, expectedCoverage } from "./expected-coverage.js";
export { type PixelOptions, type PixelRanks, rankPixels } from "./pixels.js";
export { coordinate, distanceTo, likelihoodOf, rankQuantity, type TestQuantity } from "./quantities.js";
export { type Ranks, rankTruths } from "./ranks.js";
export {
  type TableSampler,
  type SampledSimulations,
  sampleSimulations,
  type Simulations,
  type Table,
} from "./simulations.js";
export { type DiagnosticSummary, summariseVerdict, type VerdictSummary } from "./verdict-summary.js";
